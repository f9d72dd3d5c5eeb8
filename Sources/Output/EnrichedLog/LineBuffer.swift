internal import BasicContainers

/// A reusable buffer for the bytes of lines.
package struct LineBuffer: ~Copyable {
  /// All bytes are initialized, so that appending only stores bytes. The first `count` bytes are in use.
  private var storage: UniqueArray<UInt8>
  package private(set) var count = 0

  private static let leastCapacity = 1 << 10
  /// A larger buffer, which remains after many long lines, is released.
  private static let maxIdle = 1 << 21

  package init() { storage = UniqueArray(repeating: 0, count: Self.leastCapacity) }

  /// Lends the bytes in use.
  package borrowing func withBytes<Value, Failure>(
    _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body(storage.span.extracting(0..<count))
  }

  /// Appends a part of this buffer to another one.
  @inline(__always)
  func append(_ part: Range<Int>, to other: inout LineBuffer) {
    other.append(storage.span.extracting(part))
  }

  /// Appends the content of this buffer to another one.
  @inline(__always)
  func append(to other: inout LineBuffer) { append(0..<count, to: &other) }

  /// Overwrites `range` with a number's last digits.
  mutating func replace(_ range: Range<Int>, decimal number: Int64) {
    var rest = number
    for index in range.reversed() {
      storage[index] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
  }

  /// Removes the bytes but keeps the memory, unless the buffer is very large.
  package mutating func removeAll() {
    count = 0
    if storage.count > Self.maxIdle { storage = UniqueArray(repeating: 0, count: Self.leastCapacity) }
  }

  /// Reserves memory for `more` bytes.
  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if more > storage.count - count { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    var larger = UniqueArray<UInt8>(repeating: 0, count: max(storage.count * 2, count + more))
    let used = count
    // `larger` is longer than the bytes to be copied.
    unsafe storage.span.withUnsafeBufferPointer { old in
      var span = larger.mutableSpan
      unsafe span.withUnsafeMutableBufferPointer { new in
        unsafe new.baseAddress!.update(from: old.baseAddress!, count: used)
      }
    }
    storage = larger
  }

  @inline(__always)
  package mutating func append(_ byte: UInt8) {
    reserve(1)
    storage[count] = byte
    count += 1
  }

  @inline(__always)
  package mutating func append(_ literal: StaticString) {
    // A literal's bytes are never freed.
    unsafe append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Appends several literals, whose lengths the compiler knows.
  @inline(__always)
  mutating func append(
    _ first: StaticString, _ second: StaticString, _ third: StaticString, _ fourth: StaticString = "",
    _ fifth: StaticString = "", _ sixth: StaticString = "", _ last: StaticString = ""
  ) {
    let length =
      first.utf8CodeUnitCount + second.utf8CodeUnitCount + third.utf8CodeUnitCount
      + fourth.utf8CodeUnitCount + fifth.utf8CodeUnitCount + sixth.utf8CodeUnitCount + last.utf8CodeUnitCount
    reserve(length)
    let start = count
    var span = storage.mutableSpan
    // `reserve` ensures that all bytes fit.
    unsafe span.withUnsafeMutableBufferPointer { bytes in
      var end = unsafe bytes.baseAddress! + start
      unsafe Self.copy(first, to: &end)
      unsafe Self.copy(second, to: &end)
      unsafe Self.copy(third, to: &end)
      unsafe Self.copy(fourth, to: &end)
      unsafe Self.copy(fifth, to: &end)
      unsafe Self.copy(sixth, to: &end)
      unsafe Self.copy(last, to: &end)
    }
    count += length
  }

  @inline(__always)
  private static func copy(_ literal: StaticString, to end: inout UnsafeMutablePointer<UInt8>) {
    // A literal's bytes are never freed.
    unsafe end.update(from: literal.utf8Start, count: literal.utf8CodeUnitCount)
    unsafe end += literal.utf8CodeUnitCount
  }

  @inline(__always)
  package mutating func append(_ text: borrowing Span<UInt8>) {
    unsafe text.withUnsafeBufferPointer { unsafe append($0) }
  }

  package mutating func append(_ text: [UInt8]) { append(text.span) }

  /// Appends a part of `text`.
  mutating func append(_ text: [UInt8], _ range: Range<Int>) { append(text.span.extracting(range)) }

  mutating func append(_ text: borrowing UniqueArray<UInt8>) { append(text.span) }

  /// Copies all bytes of `source` at once.
  @inline(__always)
  private mutating func append(_ source: UnsafeBufferPointer<UInt8>) {
    guard let first = source.baseAddress, !source.isEmpty else { return }
    reserve(source.count)
    let start = count
    var span = storage.mutableSpan
    // `reserve` ensures that all bytes fit.
    unsafe span.withUnsafeMutableBufferPointer { bytes in
      unsafe (bytes.baseAddress! + start).update(from: first, count: source.count)
    }
    count += source.count
  }

  @inline(__always)
  package mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(decimal: number.magnitude)
  }

  @inline(__always)
  package mutating func append(decimal number: UInt64) {
    // The most common numbers are user and group ID 0.
    guard number < 10 else { return append(long: number) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
  }

  private mutating func append(long number: UInt64) {
    guard number >= 100_000_000 else {
      return append(DigitWord(decimal: UInt32(truncatingIfNeeded: number)), least: 1)
    }
    let (high, low) = number.quotientAndRemainder(dividingBy: 100_000_000)
    append(decimal: high)
    append(DigitWord(decimal: UInt32(truncatingIfNeeded: low)), least: 8)
  }

  /// Appends a number, padded with zeros to `digits` digits, at most eight.
  package mutating func append(decimal number: Int64, digits: Int) {
    guard 0..<100_000_000 ~= number else { return append(decimal: number) }
    append(DigitWord(decimal: UInt32(truncatingIfNeeded: number)), least: digits)
  }

  /// Appends a number in the form of the C library's `%#x`, but 0 as `0x0`.
  package mutating func append(hexadecimal number: UInt64) {
    append("0x")
    let high = UInt32(truncatingIfNeeded: number >> 32)
    if high != 0 { append(DigitWord(hexadecimal: high), least: 1) }
    append(DigitWord(hexadecimal: UInt32(truncatingIfNeeded: number)), least: high == 0 ? 1 : 8)
  }

  /// Appends eight digits without leading zeros, but at least the last `least` digits.
  @inline(__always)
  private mutating func append(_ digits: DigitWord, least: Int) {
    reserve(8)
    let start = count
    let skipped = min(digits.zeros, 8 - min(max(least, 1), 8))
    var span = storage.mutableSpan
    // `reserve` ensures that eight bytes fit. Only the significant ones are counted.
    unsafe span.withUnsafeMutableBufferPointer { bytes in
      unsafe UnsafeMutableRawPointer(bytes.baseAddress! + start)
        .storeBytes(of: (digits.text >> UInt64(8 * skipped)).littleEndian, as: UInt64.self)
    }
    count += 8 - skipped
  }
}

/// Converts eight digits at once, the first in the lowest byte, because one division per digit would be slow.
private struct DigitWord {
  /// The digits' values.
  private let values: UInt64
  /// The distance between the digit 9 and the letter a, for values above 9.
  private let letters: UInt64

  /// Splits a number below 100,000,000 into halves of four digits, then into pairs, then into digits, in parallel lanes of the word. The
  /// factors are rounded reciprocals, which are exact for the values that a lane can have.
  @inline(__always)
  init(decimal number: UInt32) {
    let (high, low) = number.quotientAndRemainder(dividingBy: 10_000)
    let fours = UInt64(high) | UInt64(low) << 32
    let hundreds = (fours &* 10_486) >> 20 & 0x7f_0000_007f
    let twos = (fours &- 100 &* hundreds) << 16 | hundreds
    let tens = (twos &* 103) >> 10 & 0x000f_000f_000f_000f
    values = (twos &- 10 &* tens) << 8 | tens
    letters = 0
  }

  @inline(__always)
  init(hexadecimal number: UInt32) {
    var spread = UInt64(number)
    spread = (spread << 16 | spread) & 0x0000_ffff_0000_ffff
    spread = (spread << 8 | spread) & 0x00ff_00ff_00ff_00ff
    spread = (spread << 4 | spread) & 0x0f0f_0f0f_0f0f_0f0f
    values = spread.byteSwapped
    letters =
      ((values &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101)
      &* UInt64(UInt8(ascii: "a") - 10 - UInt8(ascii: "0"))
  }

  /// The number of leading zeros, not counting the last digit.
  @inline(__always)
  var zeros: Int { min(values.trailingZeroBitCount / 8, 7) }

  @inline(__always)
  var text: UInt64 { values &+ letters &+ 0x3030_3030_3030_3030 }
}

extension [UInt8] {
  init(copying buffer: borrowing LineBuffer) {
    self = buffer.withBytes { bytes in bytes.indices.map { bytes[$0] } }
  }
}
