internal import BasicContainers
internal import CLinuxAudit
internal import Glibc
internal import SystemPackage

/// An open audit netlink socket, and the records that arrive on it.
public struct NetlinkSocket: ~Copyable {
  let fd: Int32
  private var datagrams: [linux_datagram]
  private var rejected: UInt64 = 0
  private var dropsTold: UInt64
  /// The kernel reported an overrun: what it dropped is counted once the buffer is empty.
  private var overrun = false

  /// As many datagrams as one system call reads.
  static let batchSize = 128
  /// The longest audit message and its header. See: MAX_AUDIT_MESSAGE_LENGTH in libaudit.h
  static let slotSize = 9216

  /// Takes over an open socket; it is closed at the end.
  init(owning fd: Int32) {
    self.fd = fd
    datagrams = Array(repeating: linux_datagram(), count: Self.batchSize)
    dropsTold = Self.drops(of: fd) ?? 0
  }

  deinit { close(fd) }

  /// Reads what has arrived, at most a batch, and keeps the SECCOMP records of the kernel.
  mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    if batch.bytes.count < Self.batchSize * Self.slotSize {
      batch.bytes = UniqueArray(repeating: 0, count: Self.batchSize * Self.slotSize)
    }
    batch.records.removeAll(keepingCapacity: true)

    var bytes = batch.bytes.mutableSpan
    // The kernel writes into the slots, as many and as long as it is told there are.
    let received = unsafe bytes.withUnsafeMutableBytes { slots in
      unsafe linux_receive_datagrams(
        fd, slots.baseAddress, Self.slotSize, &datagrams, UInt32(Self.batchSize))
    }
    guard received >= 0 else {
      let errno = Errno.last
      if errno == .noBufferSpace {
        overrun = true
        return .full
      }
      throw SourceError("cannot read the audit socket", errno, remedy: "restart the service")
    }
    for index in 0..<Int(received) {
      let datagram = datagrams[index]
      let header = Int(linux_netlink_header_length)
      // Anybody may send to a netlink port that he can guess; only the kernel's port is 0.
      guard datagram.from_netlink == 1, datagram.sender == 0, datagram.truncated == 0,
        datagram.length > header
      else {
        rejected += 1
        continue
      }
      let start = index * Self.slotSize
      let type = UInt16(batch.bytes[start + 4]) | UInt16(batch.bytes[start + 5]) << 8
      guard UInt16(littleEndian: type) == linux_audit_seccomp else { continue }
      // nlmsg_len leaves the header out or not, depending on kernel and group: the call's own length is right.
      batch.records.append(start + header..<start + Int(datagram.length))
    }
    return Int(received) == Self.batchSize ? .full : .drained
  }

  /// What has been lost since the last call. After an overrun the kernel drops all until the buffer is empty, so this is
  /// asked when it is.
  mutating func takeLosses() -> Losses {
    var losses = Losses(rejected: rejected)
    rejected = 0
    if overrun, let drops = Self.drops(of: fd) {
      overrun = false
      losses.socket = drops &- dropsTold
      dropsTold = drops
    }
    return losses
  }

  /// Makes the receive buffer as large as the kernel allows: by force with CAP_NET_ADMIN, else up to net.core.rmem_max.
  func enlargeReceiveBuffer(to bytes: Int32) { linux_enlarge_receive_buffer(fd, bytes) }

  /// The bytes that may wait, as whoever set them asked for: the kernel counts twice as many.
  var receiveBuffer: Int64 { linux_receive_buffer(fd) / 2 }

  /// The `Drops` column of the socket's line in /proc/net/netlink.
  private static func drops(of fd: Int32) -> UInt64? {
    var status = stat()
    guard unsafe fstat(fd, &status) == 0,
      let table = try? SmallFile.read("/proc/self/net/netlink")
    else { return nil }
    for line in table.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: " ")
      guard columns.count >= 10, columns[9] == "\(status.st_ino)" else { continue }
      return UInt64(columns[8])
    }
    return nil
  }
}
