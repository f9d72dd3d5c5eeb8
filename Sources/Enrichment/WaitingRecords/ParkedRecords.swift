internal import AuditRecord
package import AuditSource
package import Cgroups
package import EnrichedLog
package import LinuxSystem

/// Records that wait for their container's names, in order per container.
///
/// They are in the store, so that the next run finds them if this process is killed. The store has a fixed number of chunks. Each chunk
/// belongs to one container and has a sequence number, by which the order is restored.
package struct ParkedRecords: ~Copyable {
  /// A waiting record.
  package struct Record {
    /// The offsets of the record's bytes in the store.
    package var text: Range<Int>
    /// The offsets of the record and the node name within those bytes.
    package var entry: RecordBatch.Entry
    /// How the record's process was attributed.
    package var attribution: Attribution?
  }

  /// The offsets within a chunk. The count of bytes is stored last and cleared first.
  private enum ChunkOffset {
    static let count = 0
    static let number = 8
    static let container = 16
    static let entries = container + 64
  }

  /// The size of the header of each text: eight numbers of 16 bits, which are the length, the attribution, the record's type, whether it
  /// was counted, and the offsets of the node name and of the record.
  private static let entryHeader = 16

  private struct Queue {
    var chunks: [Int] = []
    /// The number of used bytes in the last chunk.
    var end = 0
    var records = 0
  }

  package static let chunk = 1 << 14
  private static let chunks = RecordStore.waitingSize / chunk
  /// 4 MiB per container, about 16,000 records of the usual length, so that a flood from one pod does not displace the records of others.
  private static let maxOfOne = 256
  /// A longer record cannot wait. The kernel's records have at most 9 KB.
  package static let longest = chunk - ChunkOffset.entries - entryHeader
  /// The number of chunks whose memory is kept when no record waits any more.
  private static let maxIdle = 64

  private let store: RecordStore
  private var waiting: [ContainerID: Queue] = [:]
  /// The unused chunks. The lowest is last and is used first.
  private var free: [Int]
  /// Chunks of records whose lines have been rendered but not written.
  private var done: [Int] = []
  private var nextNumber: UInt64 = 0
  package private(set) var count = 0
  /// The number of chunks that another process left and that could not be read to their end.
  package private(set) var torn = 0

  /// Adopts the records that another process left in the store.
  package init(in store: RecordStore) {
    self.store = store
    let touched = store.touched / Self.chunk
    free = Array((touched..<Self.chunks).reversed())
    recover(touched)
  }

  /// The containers for which records wait.
  package var containers: [ContainerID] { Array(waiting.keys) }

  // MARK: Adding

  /// The container whose records must be released before a text of this length can be added; nil if there is enough memory. It is `id`
  /// itself if that has too many records, otherwise the container with the most.
  package func containerToRelease(for id: ContainerID, length: Int) -> ContainerID? {
    let queue = waiting[id]
    if let queue, queue.end + Self.size(of: length) <= Self.chunk { return nil }
    if let queue, queue.chunks.count >= Self.maxOfOne { return id }
    return free.isEmpty ? waiting.max { $0.value.chunks.count < $1.value.chunks.count }?.key : nil
  }

  private static func size(of length: Int) -> Int { (entryHeader + length + 7) & ~7 }

  /// Adds a record. `containerToRelease` must have returned nil for it.
  package mutating func add(
    _ text: borrowing Span<UInt8>, _ record: RecordBatch.Entry, attribution: Attribution?, of id: ContainerID
  ) {
    var queue = waiting[id] ?? Queue(end: Self.chunk)
    let size = Self.size(of: text.count)
    if queue.end + size > Self.chunk { begin(free.removeLast(), of: id, &queue) }
    let start = offset(of: queue.chunks.last!)
    let entry = start + queue.end
    memory.store(
      Self.pack(
        text.count, attribution == nil ? 0 : attribution == .inherited ? 1 : 2, Int(record.type), 0),
      at: entry)
    memory.store(
      Self.pack(
        record.node?.lowerBound ?? 0, record.node?.upperBound ?? 0, record.record.lowerBound,
        record.record.upperBound),
      at: entry + 8)
    memory.copy(text, to: entry + Self.entryHeader)
    queue.end += size
    memory.store(UInt64(queue.end), at: start + ChunkOffset.count)
    queue.records += 1
    count += 1
    waiting[id] = queue
  }

  private mutating func begin(_ chunk: Int, of id: ContainerID, _ queue: inout Queue) {
    let start = offset(of: chunk)
    if store.touched < (chunk + 1) * Self.chunk { store.touched = (chunk + 1) * Self.chunk }
    memory.store(nextNumber, at: start + ChunkOffset.number)
    nextNumber &+= 1
    memory.copy(Array(id.description.utf8).span, to: start + ChunkOffset.container)
    queue.chunks.append(chunk)
    queue.end = ChunkOffset.entries
  }

  private func offset(of chunk: Int) -> Int { store.waiting.lowerBound + chunk * Self.chunk }

  private static func pack(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> UInt64 {
    UInt64(a) | UInt64(b) << 16 | UInt64(c) << 32 | UInt64(d) << 48
  }

  private static func unpack(_ number: UInt64, _ index: Int) -> Int { Int(number >> (16 * index) & 0xffff) }

  // MARK: Releasing

  /// Removes a container from the queue and returns its chunks. The caller must call `finish` for each chunk after rendering its lines.
  package mutating func remove(_ id: ContainerID) -> [Int] {
    guard let queue = waiting.removeValue(forKey: id) else { return [] }
    count -= queue.records
    return queue.chunks
  }

  /// The records of a chunk.
  package func records(of chunk: Int) -> [Record] {
    var records: [Record] = []
    _ = read(chunk) { records.append($0) }
    return records
  }

  /// Notes that a record was counted in other memory, although its chunk is not free yet.
  package func noteCounted(_ record: Record) {
    let entry = record.text.lowerBound - Self.entryHeader
    memory.store(memory.number(at: entry) | 1 << 48, at: entry)
  }

  /// Marks a chunk as rendered; its lines still have to be written.
  package mutating func finish(_ chunk: Int) { done.append(chunk) }

  /// Frees all rendered chunks, because their lines are now written.
  package mutating func linesAreWritten() {
    guard !done.isEmpty else { return }
    for chunk in done { memory.store(0, at: offset(of: chunk) + ChunkOffset.count) }
    free += done
    done.removeAll()
    guard free.count == Self.chunks, store.touched > Self.maxIdle * Self.chunk else { return }
    memory.discard(store.waiting)
    store.touched = 0
    free.sort(by: >)
  }

  /// The memory that contains the texts.
  package var memory: SharedMemory { store.memory }

  // MARK: Recovery

  private mutating func recover(_ touched: Int) {
    var found: [(number: UInt64, chunk: Int, id: ContainerID, queue: Queue)] = []
    for chunk in (0..<touched).reversed() {
      let start = offset(of: chunk)
      var records = 0
      guard memory.number(at: start + ChunkOffset.count) > 0 else {
        free.append(chunk)
        continue
      }
      let end = read(chunk) { _ in records += 1 }
      let id = memory.withBytes(start + ChunkOffset.container..<start + ChunkOffset.entries) { bytes in
        ContainerID(bytes.indices.map { bytes[$0] })
      }
      if UInt64(end) != memory.number(at: start + ChunkOffset.count) || id == nil { torn += 1 }
      guard let id, records > 0 else {
        memory.store(0, at: start + ChunkOffset.count)
        free.append(chunk)
        continue
      }
      let number = memory.number(at: start + ChunkOffset.number)
      found.append((number, chunk, id, Queue(chunks: [chunk], end: end, records: records)))
    }
    for (number, chunk, id, queue) in found.sorted(by: { ($0.number, $0.chunk) < ($1.number, $1.chunk) }) {
      nextNumber = max(nextNumber, number &+ 1)
      waiting[id, default: Queue()].chunks.append(chunk)
      waiting[id, default: Queue()].end = queue.end
      waiting[id, default: Queue()].records += queue.records
      count += queue.records
    }
  }

  /// Passes the complete records of a chunk to `body`. Returns the offset at which they end.
  private func read(_ chunk: Int, _ body: (Record) -> Void) -> Int {
    let start = offset(of: chunk)
    let end = Int(min(memory.number(at: start + ChunkOffset.count), UInt64(Self.chunk)))
    var position = ChunkOffset.entries
    while position + Self.entryHeader <= end {
      let (first, second) = (memory.number(at: start + position), memory.number(at: start + position + 8))
      let length = Self.unpack(first, 0)
      let node = (Self.unpack(second, 0), Self.unpack(second, 1))
      let record = (Self.unpack(second, 2), Self.unpack(second, 3))
      // Earlier versions, which supported only one record type, wrote 0.
      let number = UInt16(Self.unpack(first, 2))
      let type = number == 0 ? RecordType.seccomp.number : number
      guard position + Self.size(of: length) <= end, node.0 <= node.1, node.1 <= length, record.0 <= record.1,
        record.1 <= length
      else { break }
      let text = start + position + Self.entryHeader
      position += Self.size(of: length)
      guard Self.unpack(first, 3) == 0 else { continue }
      let attributions: [Attribution?] = [nil, .inherited, .exited]
      body(
        Record(
          text: text..<text + length,
          entry: RecordBatch.Entry(
            record: record.0..<record.1, type: type, node: node.1 > 0 ? node.0..<node.1 : nil),
          attribution: attributions[min(Self.unpack(first, 1), 2)]))
    }
    return position
  }
}
