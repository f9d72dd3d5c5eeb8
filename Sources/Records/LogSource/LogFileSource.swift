package import AuditRecord
package import AuditSource
internal import BasicContainers
internal import LogLines

/// Reads the lines of one log file after the other, compressed with gzip or not, or of standard input.
package struct LogFileSource: RecordSource, ~Copyable {
  private var file: LogFile
  private var rest: ArraySlice<String>
  private var lines = LineSplitter()
  private var reader: LogLineReader
  private var ended = false
  private var afterGzip: UInt64 = 0

  /// Opens the first of `paths`; `-` is standard input.
  package init(paths: [String], types: [RecordType]) throws(SourceError) {
    guard let first = paths.first else {
      throw SourceError("no log file is named", nil, remedy: "name one, or - for standard input")
    }
    file = try LogFile(path: first)
    rest = paths.dropFirst()
    reader = LogLineReader(types: types)
  }

  package var name: String { file.name }
  package var receiveBuffer: Int64? { nil }
  package var descriptor: Int32? { file.isStream ? file.fd : nil }

  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    let progress = try readLines(into: &batch)
    batch.readLines(by: &reader)
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
    afterGzip += file.linesAfterGzip
    guard let next = rest.popFirst() else {
      ended = true
      return .ended
    }
    file = try LogFile(path: next)
    return .full
  }

  package mutating func use(_ types: [RecordType]) { reader.use(types) }

  package mutating func drainLosses(_ serials: SerialCheck) -> Losses {
    defer { afterGzip = 0 }
    return Losses(afterGzip: afterGzip)
  }
}

/// Splits the bytes of a file into lines.
struct LineSplitter: ~Copyable {
  /// The bytes of an unfinished line.
  private var carried = UniqueArray<UInt8>()
  /// Whether the current line exceeds the limit and its beginning has already been returned.
  private var skipping = false
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
      if batch.bytes.span.isGzipped { throw file.stillGzipped }
    }

    var start = 0
    var searched = fresh
    while let feed = batch.bytes.span.firstIndex(of: UInt8(ascii: "\n"), in: searched..<end) {
      if skipping {
        skipping = false
      } else {
        batch.lines.append(start..<min(feed, start + Self.longestLine))
      }
      start = feed + 1
      searched = start
    }
    if end - start > Self.longestLine {
      if !skipping { batch.lines.append(start..<start + Self.longestLine) }
      skipping = true
    } else if !skipping {
      carried.append(copying: batch.bytes.span.extracting(start..<end))
    }
    return true
  }

  /// Replaces the content of `batch` with the last line if that has no line feed.
  mutating func finish(_ batch: inout RecordBatch) {
    batch.removeAll()
    batch.bytes.append(copying: carried.span)
    if !carried.isEmpty { batch.lines.append(0..<carried.count) }
    carried.removeAll()
    skipping = false
    isFirst = true
  }
}
