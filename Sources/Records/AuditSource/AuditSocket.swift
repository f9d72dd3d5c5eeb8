package import AuditRecord
internal import BasicContainers
internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// An open audit netlink socket, and the records that arrive on it.
package struct AuditSocket: ~Copyable {
  private var socket: NetlinkSocket
  private var rejected: UInt64 = 0
  private var dropsTold: UInt32
  /// Of a socket that others read before, nobody may have said what was told. If it is not overrun at first, all was.
  private var isDropsKnown: Bool
  /// The kernel reported an overrun: what it dropped is counted once the buffer is empty.
  private var overrun = false

  private var serials = SerialWindow()
  /// Missing serials that were accounted for.
  private var gapsTold: UInt64 = 0
  /// Records that are known to be lost, the gaps of which have not been seen yet.
  private var knownWithoutGap: UInt64 = 0
  /// The types of records that are kept.
  private let types: [RecordType]
  /// The socket lets records of these types alone pass, so that others' serials are missing.
  private var isFiltered = false

  /// Where datagrams are received, and what another process left there is found.
  private let store: RecordStore
  private let inode: UInt64
  private var hasLeft: Bool

  /// Takes over an open socket; it is closed at the end. Records that were read from it and not written are in `store`.
  package init(owning fd: Int32, types: [RecordType], store: RecordStore) {
    self.types = types
    let socket = NetlinkSocket(
      owning: fd, slots: RecordStore.slots, slotSize: RecordStore.slotSize, buffers: store.buffers)
    inode = socket.inode
    let told = store.drops(of: inode)
    dropsTold = told ?? 0
    isDropsKnown = told != nil
    // What was dropped while nobody read is told, too.
    overrun = told != nil && told != socket.drops
    hasLeft = store.isInherited
    self.store = store
    self.socket = socket
  }

  /// Opens a socket that belongs to no group yet.
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

  /// Has other types of records kept out of the buffer. Where the kernel refuses, they are read and passed over.
  mutating func filter() {
    let numbers = types.map(\.number)
    // As many as the array has.
    isFiltered = unsafe linux_filter_netlink_types(fd, numbers, UInt32(numbers.count)) == 0
  }

  /// Reads what has arrived, at most a batch, and keeps the kernel's records of the wanted types. What another process left
  /// comes first.
  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    batch.store = store
    batch.removeAll()
    if hasLeft {
      hasLeft = false
      take(store.written..<RecordStore.slots, into: &batch)
      return .full
    }
    socket.forget()
    // In this order: of what is forgotten it does not matter how much was written.
    store.written = 0
    store.forgetAttempts()
    keepLossesTold()
    let received: Int
    do throws(Errno) {
      received = try socket.receive(into: store.memory, at: RecordStore.slotBytes.lowerBound)
    } catch {
      guard error == .noBufferSpace else {
        throw SourceError("cannot read the audit socket", error, remedy: "restart the service")
      }
      overrun = true
      isDropsKnown = true
      return .full
    }
    if !isDropsKnown {
      dropsTold = socket.drops ?? 0
      isDropsKnown = true
    }
    take(0..<received, into: &batch)
    return received == RecordStore.slots ? .full : .drained
  }

  private mutating func take(_ slots: Range<Int>, into batch: inout RecordBatch) {
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

  func keepLossesTold() {
    if isDropsKnown { store.setDrops(dropsTold, of: inode) }
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
