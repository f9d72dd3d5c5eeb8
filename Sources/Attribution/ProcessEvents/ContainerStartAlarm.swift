internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem

/// A second socket of the process connector, which receives only forks by processes that start containers: it wakes whoever waits for it
/// when a container may be starting, so that all other events can wait to be read together.
///
/// What it receives also arrives at the first socket, perhaps a moment later, and is read there.
package struct ContainerStartAlarm: ~Copyable {
  /// For poll(2).
  package let descriptor: Int32
  /// Another holds the socket, too, and keeps it when this program ends.
  private let isInherited: Bool
  private var ranges: ProcessIDRanges?

  /// As whoever hands it over calls it.
  static let name = "starters"

  private init(owning fd: Int32, isInherited: Bool) {
    descriptor = fd
    self.isInherited = isInherited
    watch(ProcessIDRanges())
  }

  /// The one that was handed over, if the connector's socket was: a socket of our own may be in a network namespace where no events are
  /// made. Else a new one. nil if there is none.
  package static func open(beside connector: borrowing ProcessConnector) -> ContainerStartAlarm? {
    guard connector.isInherited else {
      let fd = linux_open_netlink(NETLINK_CONNECTOR, UInt32(CN_IDX_PROC))
      return fd < 0 ? nil : ContainerStartAlarm(owning: fd, isInherited: false)
    }
    // One that belongs to no group receives nothing.
    guard let fd = InheritedSocket.netlink(NETLINK_CONNECTOR, where: { $0 == name }),
      linux_netlink_belongs_to(fd, UInt32(CN_IDX_PROC)) != 0
    else { return nil }
    return ContainerStartAlarm(owning: fd, isInherited: true)
  }

  deinit {
    // While nobody reads, nothing need wait there.
    if isInherited { _ = unsafe linux_filter_forks_by(descriptor, [], 0) }
    close(descriptor)
  }

  /// Reads and forgets what has arrived.
  package func silence() { linux_discard_datagrams(descriptor) }

  /// Lets through forks by processes with these IDs, from now on.
  package mutating func watch(_ new: ProcessIDRanges) {
    guard new != ranges else { return }
    ranges = new
    guard unsafe linux_filter_forks_by(descriptor, new.bounds, UInt32(new.bounds.count)) != 0 else { return }
    // Too often is not too late: forks by all processes.
    _ = unsafe linux_filter_forks_by(descriptor, ProcessIDRanges.all.bounds, 2)
  }
}
