internal import Clibz
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// An open log file, gzipped or not, or standard input.
@safe
struct LogFile: ~Copyable {
  /// For messages.
  let name: String
  let fd: Int32
  /// Whether more may come later, as in a pipe or a terminal.
  let isStream: Bool
  // Opened by init, used by nobody else, closed by deinit. nil where the file is read as it is.
  private let gzip: gzFile?

  /// Opens `path`; `-` is standard input.
  init(path: String) throws(SourceError) {
    let name = path == "-" ? "standard input" : path
    // A pipe is waited for when it is read, not here.
    let fd = unsafe path == "-" ? dup(0) : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard fd >= 0 else { throw Self.unreadable(name, .last) }
    var status = stat()
    guard unsafe fstat(fd, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      close(fd)
      throw Self.unreadable(name, .isDirectory)
    }
    isStream = status.st_mode & S_IFMT != S_IFREG
    // zlib waits for a whole buffer, which is no way to read a pipe: those are taken as they are.
    var magic: [UInt8] = [0, 0]
    _ = unsafe magic.withUnsafeMutableBytes { unsafe pread(fd, $0.baseAddress!, 2, 0) }
    unsafe gzip = magic.span.isGzipped ? gzdopen(fd, "rb") : nil
    self.fd = fd
    self.name = name
  }

  deinit {
    if let gzip = unsafe gzip { unsafe gzclose(gzip) } else { close(fd) }
  }

  /// Whether there is something to read without waiting, or the end.
  var isReady: Bool {
    guard isStream else { return true }
    var ready = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&ready, 1, 0) > 0
  }

  /// Reads at most `count` bytes to `bytes` and returns how many; 0 at the end.
  func read(_ bytes: UnsafeMutableRawPointer, _ count: Int) throws(SourceError) -> Int {
    guard let gzip = unsafe gzip else {
      while true {
        let read = unsafe Glibc.read(fd, bytes, count)
        if read >= 0 { return read }
        guard Errno.last == .interrupted else { throw Self.unreadable(name, .last) }
      }
    }
    let read = unsafe gzread(gzip, bytes, UInt32(count))
    if read > 0 { return Int(read) }
    // A file that was cut off reads as one that ended, and is told apart by the error alone.
    var error: Int32 = 0
    _ = unsafe gzerror(gzip, &error)
    switch error {
    case Z_OK, Z_STREAM_END: return 0
    case Z_ERRNO: throw Self.unreadable(name, .last)
    default:
      throw SourceError("cannot read all of \(name)", nil, remedy: "it is no whole gzip file")
    }
  }

  /// What it gives is gzipped once more, or it is a pipe.
  var stillGzipped: SourceError {
    SourceError(
      "cannot read \(name)", nil,
      remedy:
        "what comes from there is gzipped: put 'zcat' before it, as in 'zcat FILE | audit-enricher replay -'")
  }

  static func unreadable(_ name: String, _ errno: Errno) -> SourceError {
    SourceError("cannot read \(name)", errno, remedy: "name a log file that may be read")
  }
}

extension Span where Element == UInt8 {
  /// Whether it begins as a gzip file does.
  var isGzipped: Bool { count > 1 && self[0] == 0x1f && self[1] == 0x8b }
}
