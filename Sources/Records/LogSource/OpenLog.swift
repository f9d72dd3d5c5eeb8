internal import AuditSource
internal import Glibc
internal import LinuxSystem

/// An open log file with its read position and its unfinished line.
struct OpenLog: ~Copyable {
  let file: LogFile
  /// The file's watch descriptor. See `LogWatch`.
  let watch: Int32
  private var position = LogPosition()
  private var lines = LineSplitter()
  /// For a previous file: the monotonic time until which it is read.
  var deadline: Int64 = .max

  init(_ file: consuming LogFile, watch: Int32) {
    self.file = file
    self.watch = watch
  }

  var isCutOff: Bool { !file.isPacked && position.isCutOff(file) }

  /// Whether the writer may still append to the file after it was renamed.
  var mayGrow: Bool { !file.isPacked && !file.isStream }

  /// Replaces the content of `batch` with the lines of the next bytes. Returns false at the end of the file.
  mutating func read(into batch: inout RecordBatch) throws(SourceError) -> Bool {
    guard try lines.read(from: file, into: &batch) else { return false }
    position.advance(batch, in: file)
    return true
  }

  /// Replaces the content of `batch` with the unfinished line, if there is one.
  mutating func finish(_ batch: inout RecordBatch) { lines.finish(&batch) }

  /// Starts again at the beginning of a file that was truncated.
  mutating func rewind() {
    _ = lseek(file.fd, 0, SEEK_SET)
    position = LogPosition()
  }
}
