internal import AuditSource
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// An open log file, compressed or not, or standard input.
@safe
struct LogFile: ~Copyable {
  /// The file's name in messages.
  let name: String
  let fd: Int32
  /// Whether more data may arrive later, as in a pipe or a terminal.
  let isStream: Bool
  /// The decompressor; nil for a file that is not compressed.
  private let packed: PackedReader?

  /// Opens `path`; `-` is standard input.
  init(path: String) throws(SourceError) {
    let name = path == "-" ? "standard input" : path
    // O_NONBLOCK, because a pipe may block only when it is read.
    let fd = unsafe path == "-" ? dup(0) : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard fd >= 0 else { throw Self.unreadable(name, .last) }
    var status = stat()
    guard unsafe fstat(fd, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      close(fd)
      throw Self.unreadable(name, .isDirectory)
    }
    isStream = status.st_mode & S_IFMT != S_IFREG
    // Unpacking waits for a full buffer, which would delay the lines of a pipe. Streams are therefore never decompressed.
    var magic = [UInt8](repeating: 0, count: Packing.magicLength)
    let length = unsafe magic.withUnsafeMutableBytes { unsafe pread(fd, $0.baseAddress!, $0.count, 0) }
    packed = Packing(magic.span.extracting(0..<max(0, length))).map {
      PackedReader(fd: fd, name: name, packing: $0)
    }
    self.fd = fd
    self.name = name
  }

  deinit { close(fd) }

  /// Whether the file is compressed.
  var isPacked: Bool { packed != nil }

  /// The path that the file has now; nil if it has no name any more.
  var currentPath: String? {
    guard let path = Self.contents(ofLink: "/proc/self/fd/\(fd)"), let status = FileStatus(of: fd),
      FileStatus(ofPath: path)?.isSameFile(as: status) == true
    else { return nil }
    return path
  }

  /// The first bytes of the file as stored, by which it is found again.
  var beginning: [UInt8] {
    guard !isPacked, !isStream else { return [] }
    var bytes = [UInt8](repeating: 0, count: Self.beginningLength)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(fd, $0.baseAddress!, $0.count, 0) }
    return Array(bytes.prefix(max(0, count)))
  }

  /// Reads the first bytes of the content, decompressed if necessary. This advances the file position.
  func readBeginning() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.beginningLength)
    var length = 0
    unsafe bytes.withUnsafeMutableBytes { buffer in
      while length < buffer.count,
        let count = unsafe try? read(buffer.baseAddress! + length, buffer.count - length), count > 0
      {
        length += count
      }
    }
    return Array(bytes.prefix(length))
  }

  /// Long enough to tell two logs apart: two records have at least different serial numbers.
  private static let beginningLength = 512

  /// The path of a file after resolving all symbolic links.
  static func target(of path: String) -> String? {
    // The result is allocated; it is nil if there is no such file.
    guard let target = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(target) }
    return unsafe String(cString: target)
  }

  private static func contents(ofLink link: String) -> String? {
    // A path has at most 4,095 bytes.
    unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { bytes in
      let buffer = unsafe bytes.bindMemory(to: CChar.self)
      let count = unsafe readlink(link, buffer.baseAddress!, buffer.count)
      return count > 0 ? unsafe String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
  }

  /// The number of lines after the end of a compressed file, once everything has been read.
  var linesAfterPacked: UInt64 { packed?.linesAfterEnd ?? 0 }

  /// Whether a read would return immediately, with data or at the end.
  var isReady: Bool {
    guard isStream else { return true }
    var ready = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&ready, 1, 0) > 0
  }

  /// Reads at most `count` bytes to `bytes` and returns their number; 0 at the end.
  func read(_ bytes: UnsafeMutableRawPointer, _ count: Int) throws(SourceError) -> Int {
    guard let packed else { return unsafe try Self.read(fd, name, bytes, count) }
    return unsafe try packed.read(bytes, count)
  }

  /// Reads from a descriptor without decompression.
  static func read(
    _ fd: Int32, _ name: String, _ bytes: UnsafeMutableRawPointer, _ count: Int
  ) throws(SourceError) -> Int {
    while true {
      let read = unsafe Glibc.read(fd, bytes, count)
      if read >= 0 { return read }
      guard Errno.last == .interrupted else { throw unreadable(name, .last) }
    }
  }

  /// The error for a pipe with compressed content, or a file that was compressed twice.
  func stillPacked(_ packing: Packing) -> SourceError {
    SourceError(
      "cannot read \(name)", nil,
      remedy:
        "its data is \(packing == .gzip ? "gzipped" : "compressed with \(packing.rawValue)"): put '\(packing.tool)' before it, as in '\(packing.tool) FILE | audit-enricher ... -'"
    )
  }

  static func unreadable(_ name: String, _ errno: Errno) -> SourceError {
    SourceError("cannot read \(name)", errno, remedy: "name a readable log file")
  }
}
