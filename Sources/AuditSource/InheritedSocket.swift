internal import CLinuxAudit
internal import Clibsystemd
internal import Glibc

/// Sockets that systemd, or another holder, opened and handed over. See: man 3 sd_listen_fds
public enum InheritedSocket {
  /// The audit multicast socket among them, or nil if there is none.
  ///
  /// Such a socket was opened with its holder's rights: reading it needs none.
  public static func audit() throws(SourceError) -> MulticastSource? {
    let count = sd_listen_fds(0)
    guard count > 0 else { return nil }
    for fd in SD_LISTEN_FDS_START..<SD_LISTEN_FDS_START + count
    where option(SO_DOMAIN, of: fd) == AF_NETLINK && option(SO_PROTOCOL, of: fd) == NETLINK_AUDIT {
      // The holder's copy shares these flags; reading never blocks here, and programs we start get no copy.
      _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
      _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
      return MulticastSource(inherited: AuditSocket(owning: fd))
    }
    throw SourceError(
      "none of the \(count) sockets handed over is an audit netlink socket", nil,
      remedy: "the socket unit needs 'ListenNetlink=audit 1'")
  }

  private static func option(_ name: Int32, of fd: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout.size(ofValue: value))
    return unsafe getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
  }
}
