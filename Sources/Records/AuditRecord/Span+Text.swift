internal import Glibc

// Functions that read ASCII text in place. Each checks its bounds and allocates nothing.
extension Span where Element == UInt8 {
  /// Whether the bytes at `position` equal `literal`.
  @inlinable @inline(__always)
  package func hasLiteral(_ literal: StaticString, at position: Int) -> Bool {
    let length = literal.utf8CodeUnitCount
    if 1...8 ~= length, let word = word(at: position) {
      // The compiler computes the number that the literal is.
      var expected: UInt64 = 0
      // A literal's bytes are never freed, and `offset` is below their count.
      for offset in 0..<length { expected = expected << 8 | UInt64(unsafe literal.utf8Start[offset]) }
      return word >> UInt64(64 - 8 * length) == expected
    }
    guard position >= 0, position <= count - length else { return false }
    for offset in 0..<length {
      // A literal's bytes are never freed, and `offset` is below their count.
      guard self[position + offset] == (unsafe literal.utf8Start[offset]) else { return false }
    }
    return true
  }

  /// Whether the bytes equal `literal`.
  @inlinable @inline(__always)
  package func equals(_ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && hasLiteral(literal, at: 0)
  }

  /// Whether a text of 8 to 16 bytes at `position` equals `literal`, which has as many.
  @inlinable @inline(__always)
  package func hasLongLiteral(_ literal: StaticString, at position: Int) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard length >= 8, length <= 16, let first = word(at: position),
      let last = word(at: position + length - 8)
    else { return false }
    // A literal's bytes are never freed, and both words are within it.
    let start = unsafe UnsafeRawPointer(literal.utf8Start)
    return unsafe first == UInt64(bigEndian: start.loadUnaligned(as: UInt64.self))
      && last == UInt64(bigEndian: start.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self))
  }

  /// Whether the bytes at `position` equal those of `other` in `range`.
  @inline(__always)
  package func hasBytes(of other: borrowing Span<UInt8>, in range: Range<Int>, at position: Int) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.count)
    guard position >= 0, position <= count - range.count else { return false }
    // The precondition and the guard cover the bytes that memcmp(3) reads.
    return unsafe withUnsafeBytes { bytes in
      unsafe other.withUnsafeBytes { others in
        guard !range.isEmpty, let base = bytes.baseAddress, let otherBase = others.baseAddress else {
          return true
        }
        return unsafe memcmp(base + position, otherBase + range.lowerBound, range.count) == 0
      }
    }
  }

  /// Advances `position` past `byte`. Returns false if another byte is there.
  @inlinable @inline(__always)
  package func skip(_ byte: UInt8, at position: inout Int) -> Bool {
    guard position < count, self[position] == byte else { return false }
    position += 1
    return true
  }

  /// The seconds since midnight of the first time such as `22:12:01` in `range`.
  package func secondOfDay(in range: Range<Int>) -> Int? {
    var start = range.lowerBound
    while let colon = firstIndex(of: UInt8(ascii: ":"), in: start..<range.upperBound) {
      start = colon + 1
      guard colon - 2 >= range.lowerBound, colon + 6 <= range.upperBound else { continue }
      var position = colon - 2
      if let hours = decimal(at: &position, digits: 2...2), skip(UInt8(ascii: ":"), at: &position),
        let minutes = decimal(at: &position, digits: 2...2), skip(UInt8(ascii: ":"), at: &position),
        let seconds = decimal(at: &position, digits: 2...2)
      {
        return Int(hours * 3600 + minutes * 60 + seconds)
      }
    }
    return nil
  }

  /// The eight bytes at `position`, the first one in the highest byte; nil if fewer are left.
  @inlinable @inline(__always)
  package func word(at position: Int) -> UInt64? {
    guard position >= 0, position <= count - 8 else { return nil }
    // The guard ensures that all eight bytes are within the span, and any eight bytes are a valid number.
    return unsafe UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// The index of the first `byte` in `range`.
  package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // memchr(3) compares many bytes at once. The precondition covers the bytes that it reads, and its result is one of them.
    return unsafe withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress, !range.isEmpty,
        let found = unsafe memchr(base + range.lowerBound, Int32(byte), range.count)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
  }

  /// The index of the first byte from `start` on that is not plain; `count` if all bytes are plain.
  @inlinable @inline(__always)
  package func endOfPlain(from start: Int) -> Int {
    var index = start
    while let word = word(at: index) {
      let length = word.leadingPlainBytes
      index += length
      if length < 8 { return index }
    }
    while index < count, self[index].isPlain { index += 1 }
    return index
  }

  /// The start of the last `literal` that is entirely within `range`.
  package func lastIndex(of literal: StaticString, in range: Range<Int>) -> Int? {
    var index = range.upperBound - literal.utf8CodeUnitCount
    while index >= range.lowerBound {
      if hasLiteral(literal, at: index) { return index }
      index -= 1
    }
    return nil
  }
}

extension [UInt8] {
  /// Appends all bytes of a span.
  package mutating func append(copying bytes: borrowing Span<UInt8>) {
    // The elements are copied before the call returns.
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}

extension UInt64 {
  /// For eight bytes, the first one in the highest byte: the count of bytes before the first `byte`, or 8 if there is none.
  @inlinable @inline(__always)
  package func leadingBytes(before byte: UInt8) -> Int {
    // `byteSwapped` moves the first byte to the lowest position. The lowest bit in `hits` then belongs to the first matching byte: a
    // subtraction borrows only from bytes above a match.
    let zeros = byteSwapped ^ (0x0101_0101_0101_0101 &* UInt64(byte))
    let hits = (zeros &- 0x0101_0101_0101_0101) & ~zeros & 0x8080_8080_8080_8080
    return hits.trailingZeroBitCount / 8
  }

  /// For eight bytes, the first one in the highest byte: the count of bytes before the first that is a space or a control character, or 8
  /// if there is none.
  @inlinable @inline(__always)
  package var leadingBytesOfWord: Int {
    let bytes = byteSwapped
    // As above, a borrow changes only bytes above the first hit.
    let hits = (bytes &- 0x2121_2121_2121_2121) & ~bytes & 0x8080_8080_8080_8080
    return hits.trailingZeroBitCount / 8
  }

  /// For eight bytes, the first one in the highest byte: the count of bytes before the first that is not plain, or 8 if all are plain.
  @inlinable @inline(__always)
  package var leadingPlainBytes: Int { leadingPlainBytes(from: 0x20) }

  /// The same without spaces.
  @inlinable @inline(__always)
  package var leadingPlainBytesOfWord: Int { leadingPlainBytes(from: 0x21) }

  /// The count of bytes before the first that is not plain, or is below `least`.
  @inlinable @inline(__always)
  func leadingPlainBytes(from least: UInt64) -> Int {
    // `byteSwapped` moves the first byte to the lowest position. A byte's highest bit is set in the result if the byte is not plain.
    // Bytes above the first such byte may have it set by a borrow or a carry, but only the lowest bit counts.
    let ones: UInt64 = 0x0101_0101_0101_0101
    let bytes = byteSwapped
    let low = bytes &- ones &* least
    let high = bytes &+ ones
    let quote = (bytes ^ ones &* 0x22) &- ones
    let backslash = (bytes ^ ones &* 0x5c) &- ones
    return ((bytes | low | high | quote | backslash) & (ones &* 0x80)).trailingZeroBitCount / 8
  }
}

extension UInt8 {
  /// Whether the byte needs no escape in quotes: a printable ASCII character other than a quote or backslash.
  @inlinable @inline(__always)
  package var isPlain: Bool {
    self &- 0x20 < 0x5f && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
  }

  /// The value of a hexadecimal digit of either case, or nil.
  @inlinable @inline(__always)
  package var hexDigitValue: UInt8? {
    switch self {
    case 0x30...0x39: self &- 0x30
    case 0x41...0x46: self &- 0x37
    case 0x61...0x66: self &- 0x57
    default: nil
    }
  }
}
