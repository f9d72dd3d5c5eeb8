internal import AuditSource
internal import Glibc

/// Unpacks one or several concatenated compressed files of one format. Lines after the end of the last one are counted, because the usual
/// tools ignore them.
@safe
final class PackedReader {
  private let fd: Int32
  private let name: String
  private let decoder: any PackedDecoder
  // Allocated by init, used by this class only, and freed by deinit.
  private let input: UnsafeMutablePointer<UInt8>
  /// The unused input.
  private var unused = 0..<0
  private var isAtMember = true
  private var isAtEnd = false
  /// The number of lines after the end of the last compressed file, once everything has been read.
  private(set) var linesAfterEnd: UInt64 = 0

  private static let inputSize = 1 << 16

  /// The caller owns `fd`, and nothing else may read from it. `name` is used in messages.
  init(fd: Int32, name: String, packing: Packing) {
    self.fd = fd
    self.name = name
    decoder = packing.decoder
    unsafe input = .allocate(capacity: Self.inputSize)
  }

  deinit { unsafe input.deallocate() }

  /// Unpacks at most `count` bytes to `bytes` and returns their number; 0 at the end.
  func read(_ bytes: UnsafeMutableRawPointer, _ count: Int) throws(SourceError) -> Int {
    while !isAtEnd {
      if isAtMember, try !beginsMember() { break }
      if unused.isEmpty, try !fill() { throw incomplete }
      let from = unsafe UnsafeRawBufferPointer(start: input + unused.lowerBound, count: unused.count)
      let step = unsafe decoder.decode(from, to: UnsafeMutableRawBufferPointer(start: bytes, count: count))
      unused = unused.lowerBound + step.consumed..<unused.upperBound
      switch step.state {
      case .more: break
      case .ended: isAtMember = true
      case .damaged: throw incomplete
      }
      if step.produced > 0 { return step.produced }
    }
    return 0
  }

  private var incomplete: SourceError {
    SourceError(
      "cannot read all of \(name)", nil,
      remedy: "the \(decoder.packing.rawValue) file is truncated or damaged")
  }

  /// Begins the next compressed file. Returns false at the end.
  private func beginsMember() throws(SourceError) -> Bool {
    if unused.count < Packing.magicLength { _ = try fill() }
    let next = unsafe UnsafeBufferPointer(start: input + unused.lowerBound, count: unused.count)
    if unsafe Packing(next.span) == decoder.packing {
      decoder.reset()
      isAtMember = false
      return true
    }
    isAtEnd = true
    try countRest()
    return false
  }

  /// Counts the lines after the end. Zero bytes are padding, as for gzip(1) and xz(1).
  private func countRest() throws(SourceError) {
    var feeds: UInt64 = 0
    var isPadding = true
    var last: UInt8 = 0
    repeat {
      for index in unused {
        last = unsafe input[index]
        if last != 0 { isPadding = false }
        if last == UInt8(ascii: "\n") { feeds += 1 }
      }
      unused = 0..<0
    } while try fill()
    if !isPadding { linesAfterEnd = feeds + (last == UInt8(ascii: "\n") ? 0 : 1) }
  }

  /// Reads more of the file after the unused input. Returns false at the end of the file.
  private func fill() throws(SourceError) -> Bool {
    if !unused.isEmpty { unsafe memmove(input, input + unused.lowerBound, unused.count) }
    unused = 0..<unused.count
    let count = unsafe try LogFile.read(fd, name, input + unused.count, Self.inputSize - unused.count)
    unused = 0..<unused.count + count
    return count > 0
  }
}
