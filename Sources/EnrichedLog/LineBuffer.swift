public import BasicContainers

/// Bytes of lines on their way out: one buffer, used again and again.
public struct LineBuffer: ~Copyable {
  public private(set) var bytes: UniqueArray<UInt8>

  public init() { bytes = UniqueArray(minimumCapacity: 1 << 16) }

  public var count: Int { bytes.count }

  /// Forgets the bytes and keeps the memory, unless a flood left very much of it.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 21)
  }

  @inline(__always)
  public mutating func append(_ byte: UInt8) { bytes.append(byte) }

  @inline(__always)
  public mutating func append(_ literal: StaticString) {
    let count = literal.utf8CodeUnitCount
    // A literal's bytes last for ever.
    unsafe append(UnsafeBufferPointer(start: literal.utf8Start, count: count))
  }

  @inline(__always)
  public mutating func append(_ text: borrowing Span<UInt8>) {
    unsafe text.withUnsafeBufferPointer { unsafe append($0) }
  }

  public mutating func append(_ text: [UInt8]) { append(text.span) }

  /// Copies all of `source` in one go.
  @inline(__always)
  private mutating func append(_ source: UnsafeBufferPointer<UInt8>) {
    guard !source.isEmpty else { return }
    bytes.append(addingCount: source.count) { free in
      // The output span has room for what was asked for, which is what is copied.
      unsafe free.withUnsafeMutableBufferPointer { buffer, count in
        unsafe buffer.baseAddress!.update(from: source.baseAddress!, count: source.count)
        count = source.count
      }
    }
  }

  /// Appends a number, padded with zeros to at least so many digits.
  public mutating func append(decimal number: Int64, digits least: Int = 1) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(decimal: number.magnitude, digits: least)
  }

  public mutating func append(decimal number: UInt64, digits least: Int = 1) {
    var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
    var first = 20
    var rest = number
    while rest > 0 {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    append(digits.span.extracting(min(first, 20 - least)..<20))
  }

  /// Appends a number as the C library's `%#x` would, but 0 as `0x0`.
  public mutating func append(hexadecimal number: UInt64) {
    append("0x")
    var shift = max(0, (64 - number.leadingZeroBitCount + 3) / 4 - 1) * 4
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 0xf
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      shift -= 4
    }
  }
}

extension [UInt8] {
  init(copying buffer: borrowing LineBuffer) {
    self = []
    let span = buffer.bytes.span
    for index in span.indices { append(span[index]) }
  }
}
