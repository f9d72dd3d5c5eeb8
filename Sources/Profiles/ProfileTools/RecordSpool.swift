internal import EnrichedLog
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A file without a name that collects records until they can be enriched. It is removed when it is closed.
package struct RecordSpool: ~Copyable {
  private let fd: Int32
  private var buffer: [UInt8] = []

  private static let maxBuffer = 1 << 16

  /// Opens a file in `directory`.
  package init(in directory: String) throws(ProfileFile.Failure) {
    var path = Array("\(directory)/audit-enricher.XXXXXX".utf8CString)
    fd = unsafe mkstemp(&path)
    guard fd >= 0 else {
      throw ProfileFile.Failure(operation: "make a file in \(directory.escaped) (see TMPDIR)", errno: .last)
    }
    _ = unsafe unlink(path)
    _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
  }

  /// Adds a record.
  package mutating func append(_ record: borrowing Span<UInt8>) throws(ProfileFile.Failure) {
    for index in record.indices { buffer.append(record[index]) }
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= Self.maxBuffer { try flush() }
  }

  private mutating func flush() throws(ProfileFile.Failure) {
    try ProfileFile.write(buffer, to: fd, "a temporary file (see TMPDIR)")
    buffer.removeAll(keepingCapacity: true)
  }

  /// Ends the file, and returns it as a path's descriptor, which the caller closes. Nil if it is empty.
  package mutating func finish() throws(ProfileFile.Failure) -> Int32? {
    try flush()
    guard lseek(fd, 0, SEEK_END) > 0 else { return nil }
    let copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw ProfileFile.Failure(operation: "keep a temporary file", errno: .last) }
    return copy
  }

  deinit { close(fd) }
}
