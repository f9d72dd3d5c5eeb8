internal import AuditSource
internal import Clibz
internal import Glibc

/// Unpacks one or several concatenated gzip files. Lines after the end of the last one are counted, because gzread(3) ignores them.
@safe
final class GzipReader {
  private let fd: Int32
  private let name: String
  // Both are allocated by init, used by this class only, and freed by deinit.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutablePointer<UInt8>
  private var isAtMember = true
  private var isAtEnd = false
  /// The number of lines after the end of the last gzip file, once everything has been read.
  private(set) var linesAfterEnd: UInt64 = 0

  private static let inputSize = 1 << 16

  /// The caller owns `fd`, and nothing else may read from it. `name` is used in messages.
  init(fd: Int32, name: String) {
    self.fd = fd
    self.name = name
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe input = .allocate(capacity: Self.inputSize)
    // 16 selects the gzip header. The call fails only if memory is exhausted, like any allocation. See: inflateInit2() in zlib.h
    let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  /// Unpacks at most `count` bytes to `bytes` and returns their number; 0 at the end.
  func read(_ bytes: UnsafeMutableRawPointer, _ count: Int) throws(SourceError) -> Int {
    unsafe stream.pointee.next_out = unsafe bytes.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(count)
    while !isAtEnd, unsafe stream.pointee.avail_out == UInt32(count) {
      if isAtMember, try !beginsMember() { break }
      if unsafe stream.pointee.avail_in == 0, try !fill() { throw incomplete }
      switch unsafe inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: isAtMember = true
      default: throw incomplete
      }
    }
    return unsafe count - Int(stream.pointee.avail_out)
  }

  private var incomplete: SourceError {
    SourceError("cannot read all of \(name)", nil, remedy: "the gzip file is truncated or damaged")
  }

  /// Begins the next gzip file. Returns false at the end.
  private func beginsMember() throws(SourceError) -> Bool {
    if unsafe stream.pointee.avail_in < 2 { _ = try fill() }
    if unsafe stream.pointee.avail_in > 1,
      unsafe stream.pointee.next_in[0] == 0x1f && stream.pointee.next_in[1] == 0x8b
    {
      unsafe inflateReset(stream)
      isAtMember = false
      return true
    }
    isAtEnd = true
    try countRest()
    return false
  }

  /// Counts the lines after the end. Zero bytes are padding, as for gzip(1).
  private func countRest() throws(SourceError) {
    var feeds: UInt64 = 0
    var isPadding = true
    var last: UInt8 = 0
    repeat {
      for index in unsafe 0..<Int(stream.pointee.avail_in) {
        last = unsafe stream.pointee.next_in[index]
        if last != 0 { isPadding = false }
        if last == UInt8(ascii: "\n") { feeds += 1 }
      }
      unsafe stream.pointee.avail_in = 0
    } while try fill()
    if !isPadding { linesAfterEnd = feeds + (last == UInt8(ascii: "\n") ? 0 : 1) }
  }

  /// Reads more of the file after the unused input. Returns false at the end of the file.
  private func fill() throws(SourceError) -> Bool {
    let left = unsafe Int(stream.pointee.avail_in)
    if left > 0 { unsafe memmove(input, stream.pointee.next_in, left) }
    let count = unsafe try LogFile.read(fd, name, input + left, Self.inputSize - left)
    unsafe stream.pointee.next_in = input
    unsafe stream.pointee.avail_in = UInt32(left + count)
    return count > 0
  }
}
