package import AuditRecord
package import AuditSource
internal import BasicContainers
package import LogLines

/// Reads the lines of one log file after the other, compressed or not, or of standard input.
package struct LogFileSource: RecordSource, ~Copyable {
  private var file: LogFile
  private var rest: ArraySlice<String>
  private var lines = LineSplitter()
  private var reader: LogLineReader
  private var ended = false
  /// Whether the batch has the last lines of a file.
  private var isAtEnd = false
  private var afterPacked: UInt64 = 0

  /// Opens the first of `paths`; `-` is standard input.
  package init(
    paths: [String], types: [RecordType], trust: OriginTrust = .kernel
  ) throws(SourceError) {
    guard let first = paths.first else {
      throw SourceError("no log file is named", nil, remedy: "name one, or - for standard input")
    }
    file = try LogFile(path: first)
    rest = paths.dropFirst()
    reader = LogLineReader(types: types, trust: trust)
  }

  package var name: String { file.name }
  package var receiveBuffer: Int64? { nil }
  package var descriptor: Int32? { file.isStream ? file.fd : nil }

  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    let progress = try readLines(into: &batch)
    batch.readLines(by: &reader)
    if isAtEnd {
      batch.endLog(by: &reader)
      isAtEnd = false
    }
    return progress
  }

  private mutating func readLines(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    guard !ended else {
      batch.removeAll()
      return .ended
    }
    guard file.isReady else {
      batch.removeAll()
      return .drained
    }
    if try lines.read(from: file, into: &batch) { return .full }
    lines.finish(&batch)
    isAtEnd = true
    afterPacked += file.linesAfterPacked
    guard let next = rest.popFirst() else {
      ended = true
      return .ended
    }
    file = try LogFile(path: next)
    return .full
  }

  package mutating func use(_ types: [RecordType]) { reader.use(types) }

  package mutating func drainLosses(_ serials: SerialCheck) -> Losses {
    defer { afterPacked = 0 }
    return Losses(afterPacked: afterPacked)
  }
}

/// Splits the bytes of a file into lines.
struct LineSplitter: ~Copyable {
  /// The bytes of an unfinished line.
  private var carried = UniqueArray<UInt8>()
  /// The number of bytes of the current line beyond the limit, of which `carried` has the beginning.
  private var omitted = 0
  /// Whether no bytes have been returned yet.
  private var isFirst = true

  private static let chunk = 1 << 18
  /// Longer than any record in any form. A longer line is cut off, and the rest is not a record.
  private static let longestLine = 1 << 16

  /// Replaces the content of `batch` with the lines of the next bytes of `file`. Returns false at the end of the file.
  mutating func read(
    from file: borrowing LogFile, into batch: inout RecordBatch
  ) throws(SourceError) -> Bool {
    batch.removeAll()
    let fresh = carried.count
    batch.bytes.append(copying: carried.span)
    carried.removeAll(keepingCapacity: true)

    var failure: SourceError?
    batch.bytes.append(addingCount: Self.chunk) { free in
      // The read stays within the free part, because it gets the size of that part.
      unsafe free.withUnsafeMutableBufferPointer { buffer, count in
        do throws(SourceError) {
          count = unsafe try file.read(UnsafeMutableRawPointer(buffer.baseAddress!), buffer.count)
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    let end = batch.bytes.count
    guard end > fresh else {
      carried.append(copying: batch.bytes.span)
      return false
    }

    if isFirst, end > 1 {
      isFirst = false
      // Compressed text has no useful lines, so the input would be ignored without a message.
      if let packing = Packing(batch.bytes.span) { throw file.stillPacked(packing) }
    }

    var start = 0
    var searched = fresh
    while let feed = batch.bytes.span.firstIndex(of: UInt8(ascii: "\n"), in: searched..<end) {
      append(start..<feed, to: &batch)
      start = feed + 1
      searched = start
    }
    let length = min(end - start, Self.longestLine)
    carried.append(copying: batch.bytes.span.extracting(start..<start + length))
    omitted += end - start - length
    return true
  }

  /// Replaces the content of `batch` with the last line if that has no line feed.
  mutating func finish(_ batch: inout RecordBatch) {
    batch.removeAll()
    batch.bytes.append(copying: carried.span)
    if !carried.isEmpty { append(0..<carried.count, to: &batch) }
    carried.removeAll()
    isFirst = true
  }

  /// Appends a complete line, of which `carried` had the beginning if it is the first one.
  private mutating func append(_ line: Range<Int>, to batch: inout RecordBatch) {
    let length = min(line.count, Self.longestLine)
    omitted += line.count - length
    if omitted > 0 {
      batch.omissions.append((batch.lines.count, omitted))
      omitted = 0
    }
    batch.lines.append(line.lowerBound..<line.lowerBound + length)
  }
}
