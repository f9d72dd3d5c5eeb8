internal import AuditRecord
internal import BasicContainers
internal import Clibz
internal import Glibc
internal import SystemPackage

/// The lines of a log file, gzipped or not, or of standard input.
@safe
public struct LogFileSource: RecordSource, ~Copyable {
  // Opened by init, used by nobody else, closed by deinit.
  private let file: gzFile
  private let name: String
  /// Bytes of an unfinished line, at the front of the batch's buffer.
  private var carried: UniqueArray<UInt8>
  /// The line is longer than any record, and its beginning has been handed out.
  private var skipping = false
  private var ended = false

  private static let chunk = 1 << 18
  /// Longer than any record in any form; what exceeds it is cut off, and then no record.
  private static let longestLine = 1 << 16

  /// Opens `path`; `-` is standard input.
  public init(path: String) throws(SourceError) {
    name = path == "-" ? "standard input" : path
    let fd = unsafe path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard fd >= 0, unsafe fstat(fd, &status) == 0 else { throw Self.unreadable(name, .last) }
    guard status.st_mode & S_IFMT != S_IFDIR, let file = unsafe gzdopen(fd, "rb") else {
      close(fd)
      throw Self.unreadable(name, .isDirectory)
    }
    unsafe gzbuffer(file, UInt32(Self.chunk))
    unsafe self.file = file
    carried = UniqueArray()
  }

  deinit { unsafe gzclose(file) }

  public var form: RecordForm { .line }
  public var descriptor: Int32? { nil }

  /// Reads the next lines. Waits where the file is a pipe or a terminal.
  public mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    batch.records.removeAll(keepingCapacity: true)
    guard !ended else { return .ended }
    batch.bytes.removeAll(keepingCapacity: true)
    batch.bytes.append(copying: carried.span)
    let fresh = carried.count
    carried.removeAll(keepingCapacity: true)

    var read: Int32 = 0
    batch.bytes.append(addingCount: Self.chunk) { free in
      // zlib writes what it reads into the free part, and says how much that was.
      unsafe free.withUnsafeMutableBufferPointer { buffer, count in
        read = unsafe gzread(file, buffer.baseAddress, UInt32(Self.chunk))
        count = max(0, Int(read))
      }
    }
    // A file that was cut off reads as one that ended, and is told apart by the error alone.
    var error: Int32 = 0
    if read <= 0 { _ = unsafe gzerror(file, &error) }
    switch error {
    case Z_OK, Z_STREAM_END: break
    case Z_ERRNO: throw Self.unreadable(name, .last)
    default: throw SourceError("cannot read all of \(name)", nil, remedy: "it is no whole gzip file")
    }

    var start = 0
    var searched = fresh
    let end = batch.bytes.count
    while let feed = batch.bytes.span.firstIndex(of: UInt8(ascii: "\n"), in: searched..<end) {
      if skipping {
        skipping = false
      } else {
        batch.records.append(start..<min(feed, start + Self.longestLine))
      }
      start = feed + 1
      searched = start
    }
    if read == 0 {
      ended = true
      if start < end, !skipping { batch.records.append(start..<end) }
      return .ended
    }
    if end - start > Self.longestLine {
      if !skipping { batch.records.append(start..<start + Self.longestLine) }
      skipping = true
    } else if !skipping {
      carried.append(copying: batch.bytes.span.extracting(start..<end))
    }
    return .full
  }

  public mutating func takeLosses() -> Losses { Losses() }

  private static func unreadable(_ name: String, _ errno: Errno) -> SourceError {
    SourceError("cannot read \(name)", errno, remedy: "name a log file that may be read")
  }
}
