public import BasicContainers
public import LinuxSystem

/// Records as they were read, all in memory that is used again for the next batch.
public struct RecordBatch: ~Copyable {
  /// Where the records of files stand, among other bytes.
  var bytes: UniqueArray<UInt8>
  /// Where those of a socket stand.
  var store: RecordStore?
  /// The records' places, in the order of their arrival.
  public internal(set) var records: UniqueArray<Range<Int>>

  public init() {
    bytes = UniqueArray()
    records = UniqueArray()
  }

  public var count: Int { records.count }

  /// Lends the bytes that `records` are places in: views that cannot outlive the call.
  public borrowing func withBytes<Value, Failure>(
    _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let store else { return try body(bytes.span) }
    return try store.memory.withBytes(RecordStore.slotBytes, body)
  }

  /// Nobody needs the first `count` records any more: their lines are written.
  public borrowing func finish(first count: Int) {
    guard let store else { return }
    store.written =
      count < records.count ? records[count].lowerBound / RecordStore.slotSize : RecordStore.slots
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    records.removeAll(keepingCapacity: true)
  }

  /// A record's text, copied: for messages and tests.
  public func text(at index: Int) -> String {
    withBytes { bytes in String(decoding: records[index].map { bytes[$0] }, as: UTF8.self) }
  }

  /// Makes it a batch of this one record.
  public mutating func replace(with record: String) {
    store = nil
    bytes = UniqueArray(copying: record.utf8)
    records = UniqueArray(copying: [0..<bytes.count])
  }
}

/// How far a read got.
public enum ReadProgress: Sendable {
  /// The batch is full: there may be more.
  case full
  /// All that was there is in the batch, which may be empty.
  case drained
  /// All that was there is in the batch, and there will never be more.
  case ended
}

/// How a source's records stand in its bytes.
public enum RecordForm: Sendable {
  /// As the kernel sends them: `audit(...): ...`
  case payload
  /// As lines of a log.
  case line
}

/// Where records come from.
public protocol RecordSource: ~Copyable, SendableMetatype {
  /// How the records of its batches are written.
  var form: RecordForm { get }

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

  /// The losses that were taken are told, and whoever reads the source next, if it outlives this one, need not tell them.
  func keepLossesTold()
}

extension RecordSource where Self: ~Copyable {
  public var receiveMeter: ReceiveMeter? { nil }
  public var losesUnread: Bool { false }
  public mutating func leave() {}
  public func keepLossesTold() {}
}

/// Which serials count as missing.
public enum SerialCheck: Sendable {
  /// None yet.
  case later
  /// Those that others have left far behind. So many records are known to be lost that left gaps, too.
  case passed(known: UInt64)
  /// All that have not come: nothing has for a while.
  case all(known: UInt64)
}

/// What happened to records on their way to a source.
public struct Losses: Equatable, Sendable {
  /// Records that the kernel made and that never reached us.
  public var account = LossAccount()
  /// Whether missing serials are lost records: no other records are kept from us.
  public var isGapCertain = false
  /// Datagrams on the socket that are no audit messages: too short, cut off, or not from the kernel.
  public var rejected: UInt64 = 0
  /// Lines behind the end of a gzip file, in the same file, which are not unpacked.
  public var afterGzip: UInt64 = 0

  public init(rejected: UInt64 = 0, afterGzip: UInt64 = 0, isGapCertain: Bool = false) {
    self.rejected = rejected
    self.afterGzip = afterGzip
    self.isGapCertain = isGapCertain
  }
}
