internal import AuditSource
internal import Clibz
internal import Glibc

/// Unpacks a gzip file, or several that were joined. What follows the last one's end is counted: gzread(3) passes over it.
@safe
final class GzipReader {
  private let fd: Int32
  private let name: String
  // Both are allocated by init, used by nobody else, and freed by deinit.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutablePointer<UInt8>
  private var isAtMember = true
  private var isAtEnd = false
  /// Lines behind the end of the last gzip file, once all has been read.
  private(set) var linesAfterEnd: UInt64 = 0

  private static let inputSize = 1 << 16

  /// `fd` stays the caller's, and is read by nobody else. `name` is for messages.
  init(fd: Int32, name: String) {
    self.fd = fd
    self.name = name
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe input = .allocate(capacity: Self.inputSize)
    // 16 is for a gzip header. It fails for want of memory alone, as allocating does. See: inflateInit2() in zlib.h
    let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  /// Unpacks at most `count` bytes to `bytes` and returns how many; 0 at the end.
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
    SourceError("cannot read all of \(name)", nil, remedy: "it is no whole gzip file")
  }

  /// Begins with the gzip file that follows, or ends.
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

  /// Zero bytes are padding, as gzip(1) has it.
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

  /// Reads more of the file behind what is left of it. False at its end.
  private func fill() throws(SourceError) -> Bool {
    let left = unsafe Int(stream.pointee.avail_in)
    if left > 0 { unsafe memmove(input, stream.pointee.next_in, left) }
    let count = unsafe try LogFile.read(fd, name, input + left, Self.inputSize - left)
    unsafe stream.pointee.next_in = input
    unsafe stream.pointee.avail_in = UInt32(left + count)
    return count > 0
  }
}
