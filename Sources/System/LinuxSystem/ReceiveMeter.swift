internal import CLinuxAudit
internal import Glibc

/// The fill level of a socket's receive buffer. Any thread may read it while another thread is busy with the socket.
///
/// The meter has its own descriptor, so it may outlive the socket's owner.
package final class ReceiveMeter: Sendable {
  private let fd: Int32

  /// One reading of the kernel's figures.
  package struct Reading: Sendable {
    /// The number of bytes in the receive buffer, in the unit of `NetlinkSocket.receiveBuffer`.
    package var waiting: Int64
    /// The number of datagrams that were dropped since the socket was opened because its buffer was full, modulo 2^32.
    package var drops: UInt32
  }

  /// Returns nil if no more descriptors are available.
  package init?(of socket: Int32) {
    fd = fcntl(socket, F_DUPFD_CLOEXEC, 3)
    guard fd >= 0 else { return nil }
  }

  deinit { if fd >= 0 { close(fd) } }

  /// The size of the receive buffer in bytes, as it was requested. The kernel counts twice as many.
  package var size: Int64 { linux_receive_buffer(fd) / 2 }

  /// The current figures; nil if the kernel does not report them.
  package var reading: Reading? { Self.reading(of: fd) }

  /// The current figures of any socket.
  ///
  /// They equal the `Rmem` and `Drops` columns of /proc/net/netlink, but are also available for sockets of another network namespace.
  // See: man 7 socket, sk_get_meminfo() in net/core/sock.c
  static func reading(of socket: Int32) -> Reading? {
    var (bytes, drops): (UInt32, UInt32) = (0, 0)
    guard unsafe linux_receive_queue(socket, &bytes, &drops) == 0 else { return nil }
    return Reading(waiting: Int64(bytes) / 2, drops: drops)
  }
}
