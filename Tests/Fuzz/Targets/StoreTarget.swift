import AuditRecord
import AuditSource
import Cgroups
import Enrichment
import LinuxSystem
import WaitingRecords

/// Tests the record store that another process left behind, in any state.
///
/// The store contains two datagrams and three waiting records of two containers. An input changes that: how far lines were
/// written, how many chunks there are, and then positions (area, offset of 16 bits) with 8 bytes for each.
enum StoreTarget {
  /// A part of the memory that inputs change.
  private struct Area {
    var start: Int
    var original: [UInt8]
  }

  private static let payload = Array(
    (#"audit(1715847187.650:1): auid=1 uid=0 gid=0 ses=1 pid=7 comm="sh" exe="/bin/sh" sig=0 arch=c000003e syscall=39 "#
      + "compat=0 ip=0x7fec529f1829 code=0x7ffc0000").utf8)

  private static var store: RecordStore { unsafe only }

  // libFuzzer has one thread.
  private nonisolated(unsafe) static let only: RecordStore = {
    guard let store = try? RecordStore() else { fatalError("no memory") }
    var parked = ParkedRecords(in: store)
    for digit in ["a", "b", "a"] {
      guard let id = ContainerID(String(repeating: digit, count: 64)) else { fatalError("no ID") }
      parked.add(
        payload.span, RecordBatch.Entry(record: 0..<payload.count, type: 1326, node: 1..<3),
        attribution: .exited, of: id)
    }
    for slot in 0..<2 {
      // In struct mmsghdr the address's length is at offset 8, and the datagram's at 56. The arrays of 16 bytes per slot and of
      // addresses follow.
      let message = RecordStore.Offset.buffers + slot * 64
      store.memory.store(12, at: message + 8)
      store.memory.store(UInt64(16 + payload.count), at: message + 56)
      let address = RecordStore.Offset.buffers + RecordStore.slots * (64 + 16) + slot * 12
      store.memory.copy([16, 0].span, to: address)
      let start = RecordStore.slotBytes.lowerBound + slot * RecordStore.slotSize
      store.memory.copy([0, 0, 0, 0, 0x2e, 0x05].span, to: start)
      store.memory.copy(payload.span, to: start + 16)
    }
    return store
  }()

  private static let areas: [Area] = [
    (RecordStore.Offset.buffers, 256), (RecordStore.Offset.buffers + RecordStore.slots * (64 + 16), 48),
    (RecordStore.slotBytes.lowerBound, 512), (RecordStore.slotBytes.lowerBound + RecordStore.slotSize, 512),
    (store.waiting.lowerBound, 1024), (store.waiting.lowerBound + ParkedRecords.chunk, 1024),
  ].map { start, count in
    let bytes = store.memory.withBytes(start..<start + count) { bytes in bytes.indices.map { bytes[$0] } }
    return Area(start: start, original: bytes)
  }

  static func test(_ bytes: borrowing Span<UInt8>) {
    guard bytes.count >= 2 else { return }
    for area in areas { store.memory.copy(area.original.span, to: area.start) }
    store.written = Int(bytes[0])
    store.touched = Int(bytes[1] % 4) * ParkedRecords.chunk
    var position = 2
    while position + 11 <= bytes.count {
      let area = areas[Int(bytes[position]) % areas.count]
      let offset = Int(bytes[position + 1]) | Int(bytes[position + 2]) << 8
      let start = area.start + offset % (area.original.count - 7)
      store.memory.copy(bytes.extracting(position + 3..<position + 11), to: start)
      position += 11
    }
    guard let adopted = RecordStore(adopting: store.memory) else { fatalError("header") }
    _ = adopted.unfinished
    batch(adopted)
    waiting(adopted)
  }

  private static func batch(_ adopted: RecordStore) {
    var batch = RecordBatch()
    // The datagrams are in the store already, so no socket is needed.
    var socket = AuditSocket(owning: -1, types: [.seccomp], store: adopted)
    guard (try? socket.read(into: &batch)) == .full else { fatalError("not read") }
    batch.withBytes { bytes in
      for index in 0..<batch.count { _ = try? SeccompRecord(parsing: bytes.extracting(batch[index].record)) }
    }
    batch.finish(first: batch.count)
  }

  private static func waiting(_ adopted: RecordStore) {
    var parked = ParkedRecords(in: adopted)
    var count = 0
    for id in parked.containers {
      for chunk in parked.remove(id) {
        for record in parked.records(of: chunk) {
          count += 1
          adopted.memory.withBytes(record.text) { text in
            _ = try? SeccompRecord(parsing: text.extracting(record.entry.record))
            if let node = record.entry.node { _ = text.extracting(node) }
          }
        }
        parked.finish(chunk)
      }
    }
    precondition(parked.count == 0 && count <= 3 * ParkedRecords.chunk / 16)
    parked.linesAreWritten()
    precondition(ParkedRecords(in: adopted).count == 0)
  }
}
