internal import AuditSource
internal import Glibc
internal import LinuxSystem

/// A log file that is open, how far it has been read, and its unfinished line.
struct OpenLog: ~Copyable {
  let file: LogFile
  /// Its watch. See `LogWatch`.
  let watch: Int32
  private var position = LogPosition()
  private var lines = LineSplitter()
  /// Once it has been left for the next file: until when it is read on, by the monotonic clock.
  var deadline: Int64 = .max

  init(_ file: consuming LogFile, watch: Int32) {
    self.file = file
    self.watch = watch
  }

  var isCutOff: Bool { !file.isPacked && position.isCutOff(file) }

  /// Whether its writer may still add to it when it has another name.
  var mayGrow: Bool { !file.isPacked && !file.isStream }

  /// Replaces what is in `batch` by the lines of the next bytes. False at the end.
  mutating func read(into batch: inout RecordBatch) throws(SourceError) -> Bool {
    guard try lines.read(from: file, into: &batch) else { return false }
    position.advance(batch, in: file)
    return true
  }

  /// Replaces what is in `batch` by the unfinished line, if there is one.
  mutating func finish(_ batch: inout RecordBatch) { lines.finish(&batch) }

  /// Begins anew with a file that was cut off.
  mutating func beginAgain() {
    _ = lseek(file.fd, 0, SEEK_SET)
    position = LogPosition()
  }
}
