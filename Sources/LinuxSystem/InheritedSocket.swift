internal import CLinuxAudit
internal import Clibsystemd
internal import Glibc

/// Sockets that systemd, or another holder, opened and handed over. See: man 3 sd_listen_fds
///
/// They were opened with their holder's rights, in its network namespace: reading them needs neither.
package enum InheritedSocket {
  private struct Descriptor: Sendable {
    var fd: Int32
    /// Such as NETLINK_AUDIT; nil if it is no netlink socket.
    var netlink: Int32?
  }

  /// As they were before anybody took and closed one of them. Standard input is one under `StandardInput=socket`.
  private static let descriptors: [Descriptor] = {
    let count = sd_listen_fds(0)
    let given = count > 0 ? Array(SD_LISTEN_FDS_START..<SD_LISTEN_FDS_START + count) : []
    return (given + [0]).map { fd in
      Descriptor(fd: fd, netlink: option(SO_DOMAIN, of: fd) == AF_NETLINK ? option(SO_PROTOCOL, of: fd) : nil)
    }
  }()

  /// The netlink socket of a protocol, such as NETLINK_AUDIT, wherever it stands among them; nil if there is none.
  ///
  /// Whoever takes it closes it.
  package static func netlink(_ protocol: Int32) -> Int32? {
    guard let fd = descriptors.first(where: { $0.netlink == `protocol` })?.fd else { return nil }
    // The holder's copy shares these flags; reading never blocks here, and programs we start get no copy.
    _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
    _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
    return fd
  }

  /// How many were handed over that are none of these protocols.
  package static func others(than protocols: [Int32]) -> Int {
    descriptors.dropLast().count { descriptor in !protocols.contains { $0 == descriptor.netlink } }
  }

  private static func option(_ name: Int32, of fd: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout.size(ofValue: value))
    return unsafe getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
  }
}
