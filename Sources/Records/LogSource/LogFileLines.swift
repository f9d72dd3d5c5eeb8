package import AuditSource
internal import BasicContainers
internal import Glibc

/// Reads the lines of one file, compressed or not, or of standard input. Of each line at most 64 KiB are passed on.
package struct LogFileLines: ~Copyable {
  private let file: LogFile
  private var lines = LineSplitter()
  private var batch = RecordBatch()

  /// Opens `path`; `-` is standard input.
  package init(path: String) throws(SourceError) { file = try LogFile(path: path) }

  /// The file's name in messages.
  package var name: String { file.name }

  /// Passes each line, without its line feed, to `body`. Waits for the writer of a pipe.
  package mutating func forEach(
    _ body: (borrowing Span<UInt8>) throws -> Void
  ) throws {
    repeat {
      if file.isStream {
        var ready = pollfd(fd: file.fd, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&ready, 1, -1)
      }
      guard try lines.read(from: file, into: &batch) else { break }
      try pass(to: body)
    } while true
    lines.finish(&batch)
    try pass(to: body)
    if file.linesAfterPacked > 0 {
      throw SourceError(
        "cannot read all of \(file.name)", nil,
        remedy: "\(file.linesAfterPacked) lines follow its compressed data")
    }
  }

  private borrowing func pass(to body: (borrowing Span<UInt8>) throws -> Void) throws {
    try batch.withBytes { bytes in
      for index in batch.lines.indices { try body(bytes.extracting(batch.lines[index])) }
    }
  }
}
