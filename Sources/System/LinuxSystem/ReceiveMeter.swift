internal import CLinuxAudit
internal import Glibc

/// How full a socket's receive buffer is, as any thread may ask while the one that reads the socket is busy.
///
/// It has a descriptor of its own, so that it may outlive the socket's owner.
package final class ReceiveMeter: Sendable {
  private let fd: Int32

  /// What one look at the kernel's figures gives.
  package struct Reading: Sendable {
    /// Bytes that wait in the receive buffer, by the measure of `NetlinkSocket.receiveBuffer`.
    package var waiting: Int64
    /// Datagrams that were dropped at the full buffer since the socket was opened, modulo 2^32.
    package var drops: UInt32
  }

  /// nil if there is no descriptor left.
  package init?(of socket: Int32) {
    fd = fcntl(socket, F_DUPFD_CLOEXEC, 3)
    guard fd >= 0 else { return nil }
  }

  deinit { if fd >= 0 { close(fd) } }

  /// Bytes that may wait, as whoever set them asked for: the kernel counts twice as many.
  package var size: Int64 { linux_receive_buffer(fd) / 2 }

  /// The figures of now; nil if the kernel does not report them.
  package var reading: Reading? { Self.reading(of: fd) }

  /// Those of any socket.
  ///
  /// As the `Rmem` and `Drops` columns of /proc/net/netlink have them, but also of a socket that is another network namespace's.
  // See: man 7 socket, sk_get_meminfo() in net/core/sock.c
  static func reading(of socket: Int32) -> Reading? {
    var (bytes, drops): (UInt32, UInt32) = (0, 0)
    guard unsafe linux_receive_queue(socket, &bytes, &drops) == 0 else { return nil }
    return Reading(waiting: Int64(bytes) / 2, drops: drops)
  }
}
