package import AuditRecord
package import BasicContainers
package import LinuxSystem

/// A batch of records as they were read. Its memory is reused for the next batch.
@usableFromInline
package struct RecordBatch: ~Copyable {
  /// A record: its range in the batch's bytes, and its type.
  @usableFromInline
  package struct Entry: Sendable {
    @usableFromInline let offset: UInt32
    @usableFromInline let length: UInt32
    /// `UInt32.max` if there is no node name.
    @usableFromInline let nodeOffset: UInt32
    @usableFromInline let nodeLength: UInt16
    /// The type's number.
    package let type: UInt16

    /// Creates an entry. `record` and `node` are offsets below 4 GiB; a node name is shorter than 64 KiB.
    @inline(__always)
    package init(record: Range<Int>, type: UInt16, node: Range<Int>? = nil) {
      offset = UInt32(truncatingIfNeeded: record.lowerBound)
      length = UInt32(truncatingIfNeeded: record.count)
      nodeOffset = node.map { UInt32($0.lowerBound) } ?? .max
      nodeLength = UInt16(node?.count ?? 0)
      self.type = type
    }

    /// The same entry with all offsets moved by `distance`.
    @inline(__always)
    package func moved(by distance: Int) -> Entry {
      Entry(
        record: record.lowerBound + distance..<record.upperBound + distance, type: type,
        node: node.map { $0.lowerBound + distance..<$0.upperBound + distance })
    }

    /// The offsets of the record's text, `audit(...): ...`.
    @inlinable @inline(__always)
    package var record: Range<Int> { Int(offset)..<Int(offset) + Int(length) }

    /// The offsets of the node name in a log line; nil if the line has none.
    @inlinable @inline(__always)
    package var node: Range<Int>? {
      nodeOffset != .max ? Int(nodeOffset)..<Int(nodeOffset) + Int(nodeLength) : nil
    }
  }

  /// The bytes that were read from files, which include the records.
  package var bytes = UniqueArray<UInt8>()
  /// The offsets in `bytes` of all lines that were read from a file.
  package var lines = UniqueArray<Range<Int>>()
  /// The indices of lines whose ends were left out, because they are too long, and the number of bytes that these have.
  package var omissions: [(line: Int, bytes: Int)] = []
  /// The memory with the records of a socket; nil for files.
  var store: RecordStore?
  /// The records in the order of their arrival.
  var entries = UniqueArray<Entry>()
  /// Possible records that were not read.
  package internal(set) var unread = UnreadCounts()

  package init() {}

  package var count: Int { entries.count }

  /// Whether there is nothing to process: no records, and no lines to count.
  package var isEmpty: Bool { entries.isEmpty && unread.total == 0 }

  package subscript(index: Int) -> Entry { entries[index] }

  /// Lends the bytes to which the entries refer. The views cannot outlive the call.
  package borrowing func withBytes<Value, Failure>(
    _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let store else { return try body(bytes.span) }
    return try store.memory.withBytes(RecordStore.slotBytes, body)
  }

  /// Marks the first `count` records as finished: their lines are written.
  package borrowing func finish(first count: Int) {
    guard let store else { return }
    store.written =
      count < entries.count ? entries[count].record.lowerBound / RecordStore.slotSize : RecordStore.slots
  }

  /// Notes that a record was counted, and that an earlier one is not finished.
  package borrowing func noteCounted(_ index: Int) {
    store?.noteCounted(entries[index].record.lowerBound / RecordStore.slotSize)
  }

  /// Whether `noteCounted` was called by an earlier run, which ended before it finished the batch.
  package borrowing func wasCounted(_ index: Int) -> Bool {
    store?.isCounted(entries[index].record.lowerBound / RecordStore.slotSize) ?? false
  }

  /// Whether that is so for any of the records.
  package var hasCounted: Bool { store?.hasCounted ?? false }

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
    omissions.removeAll(keepingCapacity: true)
    removeRecords()
  }

  /// Discards the records, but keeps the lines.
  mutating func removeRecords() {
    entries.removeAll(keepingCapacity: true)
    unread = UnreadCounts()
  }

  /// Copies a record's text.
  package func text(at index: Int) -> String {
    withBytes { bytes in String(decoding: entries[index].record.map { bytes[$0] }, as: UTF8.self) }
  }

  /// Copies the text of each line, for tests.
  package var lineTexts: [String] {
    lines.indices.map { String(decoding: lines[$0].map { bytes[$0] }, as: UTF8.self) }
  }

  /// Replaces the content with this one record.
  package mutating func replace(with record: String, type: RecordType) {
    replaceBytes(with: record)
    entries.append(Entry(record: 0..<bytes.count, type: type.number))
  }

  /// Replaces the content with bytes in which no record has been found yet.
  mutating func replaceBytes(with text: String) {
    removeAll()
    store = nil
    bytes = UniqueArray(copying: text.utf8)
  }
}

/// The result of one read.
package enum ReadProgress: Sendable {
  /// The batch is full; more may be available.
  case full
  /// The batch has everything that was available, possibly nothing.
  case drained
  /// The batch has everything that was available, and no more will follow.
  case ended
}

/// A source of records of certain types.
package protocol RecordSource: ~Copyable, SendableMetatype {
  /// A short name for messages.
  var name: String { get }

  /// The number of bytes that the receive buffer can hold; nil if there is no buffer.
  var receiveBuffer: Int64? { get }

  /// A new meter for the buffer's fill level, which another thread can use; nil if there is no buffer.
  var receiveMeter: ReceiveMeter? { get }

  /// A descriptor to wait on with poll(2) for more records; nil if reading never has to wait.
  var descriptor: Int32? { get }

  /// Replaces the content of `batch` with what has arrived, without waiting.
  mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress

  /// Whether unread records are lost when this source is closed. If false, they are kept for the next reader.
  var losesUnread: Bool { get }

  /// Reads records of these types from now on.
  mutating func use(_ types: [RecordType])

  /// Stops the arrival of new records. Those that have arrived can still be read.
  mutating func leave()

  /// Returns the losses on the way to this source since the last call, as exactly as they are known. It must be called after all
  /// available records have been read.
  mutating func drainLosses(_ serials: SerialCheck) -> Losses

  /// Stores that the returned losses have been reported. If the source outlives this process, its next reader does not report them again.
  func storeReportedLosses()
}

extension RecordSource where Self: ~Copyable {
  package var receiveMeter: ReceiveMeter? { nil }
  package var losesUnread: Bool { false }
  package mutating func leave() {}
  package func storeReportedLosses() {}
}

/// Which serial numbers to count as missing.
package enum SerialCheck: Sendable {
  /// None yet.
  case later
  /// Those far behind the latest ones. `known` records are already known to be lost and explain as many gaps.
  case passed(known: UInt64)
  /// All that have not arrived, because no record has arrived for a while.
  case all(known: UInt64)
}

/// The losses on the way to a source.
package struct Losses: Equatable, Sendable {
  /// Records that the kernel produced and that never arrived.
  package var account = LossAccount()
  /// Whether missing serial numbers prove lost records, because the source receives all record types.
  package var isGapCertain = false
  /// Datagrams on the socket that are not audit messages: too short, truncated, or not from the kernel.
  package var rejected: UInt64 = 0
  /// Lines after the end of a gzip file, in the same file, which cannot be unpacked.
  package var afterPacked: UInt64 = 0

  package init(rejected: UInt64 = 0, afterPacked: UInt64 = 0, isGapCertain: Bool = false) {
    self.rejected = rejected
    self.afterPacked = afterPacked
    self.isGapCertain = isGapCertain
  }
}
