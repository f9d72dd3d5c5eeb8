internal import BasicContainers

/// Bytes of lines on their way out: one buffer, used again and again.
public struct LineBuffer: ~Copyable {
  /// All of it is initialized, so that appending is nothing but storing; the lines are the first `count` bytes.
  private var storage: UniqueArray<UInt8>
  public private(set) var count = 0

  private static let leastCapacity = 1 << 10
  /// What a flood of long lines left is given back.
  private static let mostIdle = 1 << 21

  public init() { storage = UniqueArray(repeating: 0, count: Self.leastCapacity) }

  /// Lends the lines.
  public borrowing func withBytes<Value, Failure>(
    _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body(storage.span.extracting(0..<count))
  }

  /// Appends a part of these lines to others.
  @inline(__always)
  func append(_ part: Range<Int>, to other: inout LineBuffer) {
    other.append(storage.span.extracting(part))
  }

  /// Forgets the bytes and keeps the memory, unless a flood left very much of it.
  public mutating func removeAll() {
    count = 0
    if storage.count > Self.mostIdle { storage = UniqueArray(repeating: 0, count: Self.leastCapacity) }
  }

  /// Makes room for so many more bytes.
  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if more > storage.count - count { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    var larger = UniqueArray<UInt8>(repeating: 0, count: max(storage.count * 2, count + more))
    let used = count
    // `larger` is longer than what is copied.
    unsafe storage.span.withUnsafeBufferPointer { old in
      var span = larger.mutableSpan
      unsafe span.withUnsafeMutableBufferPointer { new in
        unsafe new.baseAddress!.update(from: old.baseAddress!, count: used)
      }
    }
    storage = larger
  }

  @inline(__always)
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    storage[count] = byte
    count += 1
  }

  @inline(__always)
  public mutating func append(_ literal: StaticString) {
    // A literal's bytes last for ever.
    unsafe append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  @inline(__always)
  public mutating func append(_ text: borrowing Span<UInt8>) {
    unsafe text.withUnsafeBufferPointer { unsafe append($0) }
  }

  public mutating func append(_ text: [UInt8]) { append(text.span) }

  /// Copies all of `source` in one go.
  @inline(__always)
  private mutating func append(_ source: UnsafeBufferPointer<UInt8>) {
    guard let first = source.baseAddress, !source.isEmpty else { return }
    reserve(source.count)
    let start = count
    var span = storage.mutableSpan
    // There is room for all that is copied.
    unsafe span.withUnsafeMutableBufferPointer { bytes in
      unsafe (bytes.baseAddress! + start).update(from: first, count: source.count)
    }
    count += source.count
  }

  /// Appends a number, padded with zeros to at least so many digits.
  @inline(__always)
  public mutating func append(decimal number: Int64, digits least: Int = 1) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(decimal: number.magnitude, digits: least)
  }

  public mutating func append(decimal number: UInt64, digits least: Int = 1) {
    var length = 1
    var bound: UInt64 = 10
    // The largest numbers have 20 digits, the first of which is 1.
    while length < 20, number >= bound {
      length += 1
      bound = length < 20 ? bound &* 10 : .max
    }
    length = max(length, least)
    reserve(length)
    var rest = number
    var index = count + length
    // Two digits at a time: dividing is what takes the time.
    while index - count >= 2 {
      let pair = UInt8(truncatingIfNeeded: rest % 100)
      rest /= 100
      index -= 2
      storage[index] = UInt8(ascii: "0") &+ pair / 10
      storage[index + 1] = UInt8(ascii: "0") &+ pair % 10
    }
    if index > count { storage[count] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest) }
    count += length
  }

  /// Appends a number as the C library's `%#x` would, but 0 as `0x0`.
  public mutating func append(hexadecimal number: UInt64) {
    append("0x")
    let length = max(1, (64 - number.leadingZeroBitCount + 3) / 4)
    reserve(length)
    var rest = number
    var index = count + length
    while index > count {
      index -= 1
      let digit = UInt8(truncatingIfNeeded: rest) & 0xf
      storage[index] = digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
      rest >>= 4
    }
    count += length
  }
}

extension [UInt8] {
  init(copying buffer: borrowing LineBuffer) {
    self = buffer.withBytes { bytes in bytes.indices.map { bytes[$0] } }
  }
}
