package import AuditRecord
package import AuditSource
internal import BasicContainers

/// The lines of log files, gzipped or not, one file after the other, or of standard input.
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

  package mutating func takeLosses(_ serials: SerialCheck) -> Losses {
    defer { afterGzip = 0 }
    return Losses(afterGzip: afterGzip)
  }
}

/// Cuts what is read into lines.
struct LineSplitter: ~Copyable {
  /// Bytes of an unfinished line.
  private var carried = UniqueArray<UInt8>()
  /// The line is longer than any record, and its beginning has been handed out.
  private var skipping = false
  /// Nothing has been handed out yet.
  private var isFirst = true

  private static let chunk = 1 << 18
  /// Longer than any record in any form; what exceeds it is cut off, and then no record.
  private static let longestLine = 1 << 16

  /// Replaces what is in `batch` by the lines of the next bytes of `file`. False at its end.
  mutating func read(
    from file: borrowing LogFile, into batch: inout RecordBatch
  ) throws(SourceError) -> Bool {
    batch.removeAll()
    let fresh = carried.count
    batch.bytes.append(copying: carried.span)
    carried.removeAll(keepingCapacity: true)

    var failure: SourceError?
    batch.bytes.append(addingCount: Self.chunk) { free in
      // What is read goes into the free part, which is as large as it is told.
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
      // It would have no lines, and that be all that is said.
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

  /// Replaces what is in `batch` by the last line, if that has no line feed.
  mutating func finish(_ batch: inout RecordBatch) {
    batch.removeAll()
    batch.bytes.append(copying: carried.span)
    if !carried.isEmpty { batch.lines.append(0..<carried.count) }
    carried.removeAll()
    skipping = false
    isFirst = true
  }
}
