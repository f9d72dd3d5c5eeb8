package import AuditRecord
internal import BasicContainers
internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// An open audit netlink socket and the records that arrive on it.
package struct AuditSocket: ~Copyable {
  private var socket: NetlinkSocket
  private var rejected: UInt64 = 0
  /// How many drops were reported; nil if that is unknown, as it may be for a socket that another process read before. If the first read
  /// finds no overrun, all drops so far count as reported.
  private var reportedDrops: UInt32?
  /// The kernel has reported an overrun. Its drops are counted after the buffer has been drained.
  private var overrun = false

  private var serials = SerialWindow()
  /// Missing serial numbers that were already accounted for.
  private var reportedGaps: UInt64 = 0
  /// Known lost records whose gaps in the serial numbers have not been seen yet.
  private var knownWithoutGap: UInt64 = 0
  /// The types of records that are kept.
  private var types: [RecordType]
  /// Whether the socket passes only records of these types, so that the serial numbers of other records are missing.
  private var isFiltered = false

  /// The memory into which datagrams are received. It may contain datagrams that another process left.
  private let store: RecordStore
  private let inode: UInt64
  private var hasInheritedRecords: Bool

  /// Adopts an open socket and closes it at the end. `store` contains records that were read from it but not written.
  package init(owning fd: Int32, types: [RecordType], store: RecordStore) {
    self.types = types
    let socket = NetlinkSocket(
      owning: fd, slots: RecordStore.slots, slotSize: RecordStore.slotSize, buffers: store.buffers)
    inode = socket.inode
    let reported = store.drops(of: inode)
    reportedDrops = reported
    // Datagrams that were dropped while no process read the socket are reported, too.
    overrun = reported != nil && reported != socket.drops
    hasInheritedRecords = store.isInherited
    self.store = store
    self.socket = socket
  }

  /// Opens a socket that has not joined any group yet.
  init(types: [RecordType], store: RecordStore) throws(SourceError) {
    let fd = linux_open_netlink(NETLINK_AUDIT, 0)
    guard fd >= 0 else { throw .noAudit(.last) }
    self.init(owning: fd, types: types, store: store)
  }

  var fd: Int32 { socket.fd }
  var receiveBuffer: Int64 { socket.receiveBuffer }
  var receiveMeter: ReceiveMeter? { ReceiveMeter(of: fd) }
  func enlargeReceiveBuffer(to bytes: Int32) { socket.enlargeReceiveBuffer(to: bytes) }
  func wait(milliseconds: Int32) { socket.wait(milliseconds: milliseconds) }

  /// Installs a filter that keeps other record types out of the buffer. If the kernel refuses, they are read and ignored.
  mutating func filter() {
    let numbers = types.map(\.number)
    // The count is that of the array.
    isFiltered = unsafe linux_filter_netlink_types(fd, numbers, UInt32(numbers.count)) == 0
  }

  /// Reads records of these types from now on. Those that have arrived already are read as well if they are of these types.
  mutating func use(_ types: [RecordType]) {
    self.types = types
    if isFiltered { filter() }
  }

  /// Reads the records that have arrived, at most one batch, and keeps those of the requested types that the kernel sent. The first call
  /// returns records that another process left.
  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    batch.store = store
    batch.removeAll()
    if hasInheritedRecords {
      hasInheritedRecords = false
      append(store.written..<RecordStore.slots, into: &batch)
      return .full
    }
    socket.forget()
    // The slots are cleared before what is noted of them: for empty slots that does not matter.
    store.forgetCounted()
    store.written = 0
    store.forgetAttempts()
    storeReportedLosses()
    let received: Int
    do throws(Errno) {
      received = try socket.receive(into: store.memory, at: RecordStore.slotBytes.lowerBound)
    } catch {
      guard error == .noBufferSpace else {
        throw SourceError("cannot read the audit socket", error, remedy: "restart the service")
      }
      overrun = true
      reportedDrops = reportedDrops ?? 0
      return .full
    }
    if reportedDrops == nil { reportedDrops = socket.drops ?? 0 }
    append(0..<received, into: &batch)
    return received == RecordStore.slots ? .full : .drained
  }

  private mutating func append(_ slots: Range<Int>, into batch: inout RecordBatch) {
    let store = store
    store.memory.withBytes(RecordStore.slotBytes) { bytes in
      for index in slots where !socket.isEmpty(index) {
        guard let payload = socket.payload(of: index) else {
          rejected += 1
          continue
        }
        see(bytes.extracting(payload))
        let start = index * RecordStore.slotSize
        let type = UInt16(bytes[start + 4]) | UInt16(bytes[start + 5]) << 8
        guard isWanted(type) else { continue }
        batch.entries.append(RecordBatch.Entry(record: payload, type: type))
      }
    }
  }

  @inline(__always)
  private func isWanted(_ type: UInt16) -> Bool {
    for index in types.indices where types[index].number == type { return true }
    return false
  }

  private mutating func see(_ payload: borrowing Span<UInt8>) {
    var position = 0
    if let stamp = AuditStamp(payload, at: &position) { serials.see(stamp.serial) }
  }

  func storeReportedLosses() {
    if let reportedDrops { store.setDrops(reportedDrops, of: inode) }
  }

  /// Returns the losses since the last call. It must be called when the buffer is empty, because after an overrun the kernel drops
  /// everything until then.
  mutating func drainLosses(_ check: SerialCheck) -> Losses {
    var losses = Losses(rejected: rejected)
    losses.isGapCertain = !isFiltered
    rejected = 0
    if overrun, let drops = socket.drops {
      overrun = false
      losses.account.add(UInt64(drops &- (reportedDrops ?? 0)), at: .socket)
      reportedDrops = drops
      knownWithoutGap += losses.account[.socket]
    }
    switch check {
    case .later: return losses
    case .passed(let known): knownWithoutGap += known
    case .all(let known):
      knownWithoutGap += known
      serials.settle()
    }
    let gaps = serials.missing - reportedGaps
    reportedGaps = serials.missing
    // Losses that were already counted also leave gaps, which must not count again.
    let explained = min(gaps, knownWithoutGap)
    knownWithoutGap -= explained
    losses.account.add(gaps - explained, at: .serialGap)
    return losses
  }
}
