package import AuditRecord
package import BasicContainers
package import LinuxSystem

/// Records as they were read, all in memory that is used again for the next batch.
package struct RecordBatch: ~Copyable {
  /// A record: where it stands in the batch's bytes, and of which type it is.
  package struct Entry: Sendable {
    private var offset: UInt32
    private var length: UInt32
    /// The highest number if there is no node.
    private var nodeOffset: UInt32
    private var nodeLength: UInt16
    /// The type's number.
    package let type: UInt16

    /// `record` and `node` are offsets below 4 GiB; a node's name has less than 64 KiB.
    @inline(__always)
    package init(record: Range<Int>, type: UInt16, node: Range<Int>? = nil) {
      offset = UInt32(truncatingIfNeeded: record.lowerBound)
      length = UInt32(truncatingIfNeeded: record.count)
      nodeOffset = node.map { UInt32($0.lowerBound) } ?? .max
      nodeLength = UInt16(node?.count ?? 0)
      self.type = type
    }

    /// The same in bytes that begin elsewhere.
    @inline(__always)
    package func moved(by distance: Int) -> Entry {
      Entry(
        record: record.lowerBound + distance..<record.upperBound + distance, type: type,
        node: node.map { $0.lowerBound + distance..<$0.upperBound + distance })
    }

    /// The offsets of its text, `audit(...): ...`.
    package var record: Range<Int> { Int(offset)..<Int(offset) + Int(length) }

    /// The offsets of the node's name that its log's line has.
    package var node: Range<Int>? {
      nodeOffset != .max ? Int(nodeOffset)..<Int(nodeOffset) + Int(nodeLength) : nil
    }
  }

  /// Where the records of files stand, among other bytes.
  package var bytes = UniqueArray<UInt8>()
  /// The offsets of all lines in `bytes`, where they are of a file.
  package var lines = UniqueArray<Range<Int>>()
  /// Where those of a socket stand.
  var store: RecordStore?
  /// The records, in the order of their arrival.
  var entries = UniqueArray<Entry>()
  /// Lines that may be records and were not read.
  package private(set) var unread = UnreadCounts()

  package init() {}

  package var count: Int { entries.count }

  /// Whether there is nothing to be processed: neither records nor lines to be counted.
  package var isEmpty: Bool { entries.isEmpty && unread.total == 0 }

  package subscript(index: Int) -> Entry { entries[index] }

  /// Lends the bytes that entries are offsets into: views that cannot outlive the call.
  package borrowing func withBytes<Value, Failure>(
    _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let store else { return try body(bytes.span) }
    return try store.memory.withBytes(RecordStore.slotBytes, body)
  }

  /// Nobody needs the first `count` records any more: their lines are written.
  package borrowing func finish(first count: Int) {
    guard let store else { return }
    store.written =
      count < entries.count ? entries[count].record.lowerBound / RecordStore.slotSize : RecordStore.slots
  }

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    unread = UnreadCounts()
  }

  /// Finds the records in `lines`.
  package mutating func readLines(by reader: inout LogLineReader) {
    entries.removeAll(keepingCapacity: true)
    unread = UnreadCounts()
    for index in lines.indices {
      let line = lines[index]
      switch reader.read(bytes.span.extracting(line)) {
      case .record(let type, let text, let node):
        entries.append(Entry(record: text, type: type, node: node).moved(by: line.lowerBound))
      case .unread(let reason): unread.add(1, for: reason)
      case .other: continue
      }
    }
  }

  /// A record's text, copied.
  package func text(at index: Int) -> String {
    withBytes { bytes in String(decoding: entries[index].record.map { bytes[$0] }, as: UTF8.self) }
  }

  /// The text of each line, copied: for tests.
  package var lineTexts: [String] {
    lines.indices.map { String(decoding: lines[$0].map { bytes[$0] }, as: UTF8.self) }
  }

  /// Makes it a batch of this one record.
  package mutating func replace(with record: String, type: RecordType) {
    replaceBytes(with: record)
    entries.append(Entry(record: 0..<bytes.count, type: type.number))
  }

  /// Makes it a batch of what `reader` finds in this one line.
  package mutating func replace(withLine line: String, by reader: inout LogLineReader) {
    replaceBytes(with: line)
    lines.append(0..<bytes.count)
    readLines(by: &reader)
  }

  private mutating func replaceBytes(with text: String) {
    removeAll()
    store = nil
    bytes = UniqueArray(copying: text.utf8)
  }
}

/// How far a read got.
package enum ReadProgress: Sendable {
  /// The batch is full: there may be more.
  case full
  /// All that was there is in the batch, which may be empty.
  case drained
  /// All that was there is in the batch, and there will never be more.
  case ended
}

/// Where records come from: those of the types that it was made for.
package protocol RecordSource: ~Copyable, SendableMetatype {
  /// For messages: a word or two.
  var name: String { get }

  /// Bytes that may wait in its receive buffer; nil if it has none.
  var receiveBuffer: Int64? { get }

  /// How full that buffer is, for another thread to ask: a new meter each time; nil if there is no buffer.
  var receiveMeter: ReceiveMeter? { get }

  /// What can be waited on for more, with poll(2). nil where reading never has to wait.
  var descriptor: Int32? { get }

  /// Replaces what is in `batch` by what has arrived, without waiting.
  mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress

  /// Whether what has not been read when this source is closed is gone, and not kept for whoever reads next.
  var losesUnread: Bool { get }

  /// Has no more records come. What has arrived can still be read.
  mutating func leave()

  /// What was lost on the way here since the last call, by the best count that there is. To be asked when all that was there
  /// has been read.
  mutating func takeLosses(_ serials: SerialCheck) -> Losses

  /// The losses that were taken have been reported: whoever reads the source next, if it outlives this one, need not.
  func keepLossesTold()
}

extension RecordSource where Self: ~Copyable {
  package var receiveMeter: ReceiveMeter? { nil }
  package var losesUnread: Bool { false }
  package mutating func leave() {}
  package func keepLossesTold() {}
}

/// Which serials count as missing.
package enum SerialCheck: Sendable {
  /// None yet.
  case later
  /// Those that others have left far behind. So many records are known to be lost that left gaps, too.
  case passed(known: UInt64)
  /// All that have not come: nothing has for a while.
  case all(known: UInt64)
}

/// What happened to records on their way to a source.
package struct Losses: Equatable, Sendable {
  /// Records that the kernel made and that never reached us.
  package var account = LossAccount()
  /// Whether missing serials are lost records: no other records are kept from us.
  package var isGapCertain = false
  /// Datagrams on the socket that are no audit messages: too short, cut off, or not from the kernel.
  package var rejected: UInt64 = 0
  /// Lines behind the end of a gzip file, in the same file, which are not unpacked.
  package var afterGzip: UInt64 = 0

  package init(rejected: UInt64 = 0, afterGzip: UInt64 = 0, isGapCertain: Bool = false) {
    self.rejected = rejected
    self.afterGzip = afterGzip
    self.isGapCertain = isGapCertain
  }
}
