internal import AuditRecord
internal import BasicContainers
internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// An open audit netlink socket, and the records that arrive on it.
struct AuditSocket: ~Copyable {
  private var socket: NetlinkSocket
  private var rejected: UInt64 = 0
  private var dropsTold: UInt32
  /// The kernel reported an overrun: what it dropped is counted once the buffer is empty.
  private var overrun = false

  private var serials = SerialWindow()
  /// Missing serials that were accounted for.
  private var gapsTold: UInt64 = 0
  /// Records that are known to be lost, the gaps of which have not been seen yet.
  private var knownWithoutGap: UInt64 = 0
  /// The socket takes SECCOMP records alone, so that others' serials are missing.
  private var isFiltered = false

  private static let batchSize = 512
  /// The longest audit message and its header. See: MAX_AUDIT_MESSAGE_LENGTH in libaudit.h
  private static let slotSize = 9216

  /// Takes over an open socket; it is closed at the end.
  init(owning fd: Int32) {
    let socket = NetlinkSocket(owning: fd, slots: Self.batchSize, slotSize: Self.slotSize)
    dropsTold = socket.drops ?? 0
    self.socket = socket
  }

  /// Opens a socket that belongs to no group yet.
  init() throws(SourceError) {
    let fd = linux_open_netlink(NETLINK_AUDIT, 0)
    guard fd >= 0 else { throw .noAudit(.last) }
    self.init(owning: fd)
  }

  var fd: Int32 { socket.fd }
  var receiveBuffer: Int64 { socket.receiveBuffer }
  var receiveQueue: Int64? { socket.receiveQueue }
  func enlargeReceiveBuffer(to bytes: Int32) { socket.enlargeReceiveBuffer(to: bytes) }
  func wait(milliseconds: Int32) { socket.wait(milliseconds: milliseconds) }

  /// Has other types of records kept out of the buffer. Where the kernel refuses, they are read and passed over.
  mutating func filter() {
    isFiltered = linux_filter_netlink_type(fd, linux_audit_seccomp) == 0
  }

  /// Reads what has arrived, at most a batch, and keeps the SECCOMP records of the kernel.
  mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    if batch.bytes.count < Self.batchSize * Self.slotSize {
      batch.bytes = UniqueArray(repeating: 0, count: Self.batchSize * Self.slotSize)
    }
    batch.records.removeAll(keepingCapacity: true)

    let received: Int
    do throws(Errno) {
      var bytes = batch.bytes.mutableSpan
      received = try socket.receive(into: &bytes)
    } catch {
      guard error == .noBufferSpace else {
        throw SourceError("cannot read the audit socket", error, remedy: "restart the service")
      }
      overrun = true
      return .full
    }
    for index in 0..<received {
      guard let payload = socket.payload(of: index) else {
        rejected += 1
        continue
      }
      see(batch.bytes.span.extracting(payload))
      let start = index * Self.slotSize
      let type = UInt16(batch.bytes[start + 4]) | UInt16(batch.bytes[start + 5]) << 8
      guard UInt16(littleEndian: type) == linux_audit_seccomp else { continue }
      batch.records.append(payload)
    }
    return received == Self.batchSize ? .full : .drained
  }

  private mutating func see(_ payload: borrowing Span<UInt8>) {
    var position = 0
    if let stamp = AuditStamp(payload, at: &position) { serials.see(stamp.serial) }
  }

  /// What has been lost since the last call. After an overrun the kernel drops all until the buffer is empty, so this is
  /// asked when it is.
  mutating func takeLosses(_ check: SerialCheck) -> Losses {
    var losses = Losses(rejected: rejected)
    losses.isGapCertain = !isFiltered
    rejected = 0
    if overrun, let drops = socket.drops {
      overrun = false
      losses.account.add(UInt64(drops &- dropsTold), at: .socket)
      dropsTold = drops
      knownWithoutGap += losses.account[.socket]
    }
    switch check {
    case .later: return losses
    case .passed(let known): knownWithoutGap += known
    case .all(let known):
      knownWithoutGap += known
      serials.settle()
    }
    let gaps = serials.missing - gapsTold
    gapsTold = serials.missing
    // What was counted already leaves gaps, which are no second loss.
    let explained = min(gaps, knownWithoutGap)
    knownWithoutGap -= explained
    losses.account.add(gaps - explained, at: .serialGap)
    return losses
  }
}
