internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem

/// The starters socket: a second socket of the process connector, which receives only forks by processes that start containers.
///
/// It wakes the thread that waits for it when a container may be starting, so that all other events can wait and be drained in batches.
///
/// Every event that it receives also arrives at the first socket, perhaps a moment later, and is drained there.
package struct StartersSocket: ~Copyable {
  /// For poll(2).
  package let descriptor: Int32
  /// Another process holds the socket, too, and keeps it when this program ends.
  private let isInherited: Bool
  private var ranges: ProcessIDRanges?

  /// The name under which the socket is handed over.
  static let name = "starters"

  private init(owning fd: Int32, isInherited: Bool) {
    descriptor = fd
    self.isInherited = isInherited
    watch(ProcessIDRanges())
  }

  /// The inherited socket, if the connector's socket is inherited: a socket opened here may be in a network namespace without
  /// events. Otherwise a new socket. nil if there is none.
  package static func open(beside connector: borrowing ProcessConnector) -> StartersSocket? {
    guard connector.isInherited else {
      let fd = linux_open_netlink(NETLINK_CONNECTOR, UInt32(CN_IDX_PROC))
      return fd < 0 ? nil : StartersSocket(owning: fd, isInherited: false)
    }
    // A socket that belongs to no group receives nothing.
    guard let fd = InheritedSocket.netlink(NETLINK_CONNECTOR, where: { $0 == name }),
      linux_netlink_belongs_to(fd, UInt32(CN_IDX_PROC)) != 0
    else { return nil }
    return StartersSocket(owning: fd, isInherited: true)
  }

  deinit {
    // While no process reads the socket, no events need to wait in it.
    if isInherited { _ = unsafe linux_filter_forks_by(descriptor, [], 0) }
    close(descriptor)
  }

  /// Discards everything that has arrived.
  package func drain() { linux_discard_datagrams(descriptor) }

  /// Accepts forks by processes with these IDs, from now on.
  package mutating func watch(_ new: ProcessIDRanges) {
    guard new != ranges else { return }
    ranges = new
    guard unsafe linux_filter_forks_by(descriptor, new.bounds, UInt32(new.bounds.count)) != 0 else { return }
    // If the filter cannot be set, accepts forks by all processes: too many wake-ups are better than late ones.
    _ = unsafe linux_filter_forks_by(descriptor, ProcessIDRanges.all.bounds, 2)
  }
}
