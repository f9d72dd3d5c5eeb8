// Functions that read ASCII numbers in place, up to eight digits at once. Each checks its bounds and allocates nothing.
extension Span where Element == UInt8 {
  /// Reads a decimal number whose count of digits is within `digits`, at most 19, and advances `position` past it.
  @inlinable @inline(__always)
  package func decimal(at position: inout Int, digits: ClosedRange<Int>) -> UInt64? {
    var value: UInt64 = 0
    var cursor = position
    guard readDigits(to: &value, at: &cursor, maxCount: digits.upperBound),
      cursor - position >= digits.lowerBound
    else { return nil }
    position = cursor
    return value
  }

  /// Reads a decimal number of at most `maxCount` digits and advances `position` past it. Fast for eight digits or more, the usual case.
  @inline(__always)
  package func longDecimal(at position: inout Int, maxCount: Int) -> UInt64? {
    precondition(maxCount >= 8)
    guard var value = word(at: position)?.eightDigits else {
      return decimal(at: &position, digits: 1...maxCount)
    }
    var cursor = position + 8
    guard readDigits(to: &value, at: &cursor, maxCount: maxCount - 8) else { return nil }
    position = cursor
    return value
  }

  /// Continues reading a decimal number. Returns false if it has more than `maxCount` further digits.
  @inlinable @inline(__always)
  func readDigits(to value: inout UInt64, at position: inout Int, maxCount: Int) -> Bool {
    // The value cannot overflow: callers read at most 19 digits.
    let end = Swift.min(count, position + maxCount)
    while position < end {
      let digit = self[position] &- 0x30
      guard digit < 10 else { return true }
      value = value &* 10 &+ UInt64(digit)
      position += 1
    }
    return position == count || self[position] &- 0x30 >= 10
  }

  /// Reads a hexadecimal number of 1 to 16 digits in lower case, as the kernel writes them, and advances `position` past it.
  @inlinable @inline(__always)
  package func lowerHexadecimal(at position: inout Int) -> UInt64? {
    var value: UInt64 = 0
    var cursor = position
    if let word = word(at: position) {
      let length = word.leadingHexadecimalDigits
      guard length > 0 else { return nil }
      value = word.hexadecimal(digits: length)
      cursor += length
      if length < 8 {
        position = cursor
        return value
      }
    }
    while cursor < count, let digit = self[cursor].lowerHexDigitValue {
      guard cursor - position < 16 else { return nil }
      value = value << 4 | UInt64(digit)
      cursor += 1
    }
    guard cursor > position else { return nil }
    position = cursor
    return value
  }
}

/// Eight bytes of text as one number, the first one in the highest byte.
extension UInt64 {
  /// The number that eight decimal digits spell; nil unless all bytes are digits.
  @inline(__always)
  var eightDigits: UInt64? {
    // A digit becomes 0 to 9. For any other byte the sum's highest bit is set.
    let digits = byteSwapped ^ 0x3030_3030_3030_3030
    guard (digits | (digits &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 == 0 else { return nil }
    // Pairs of digits become numbers below 100. Two multiplications then combine the first and third pair, and the second and fourth.
    let twos = digits &* 10 &+ digits >> 8
    let odd = (twos & 0xff_0000_00ff) &* (1_000_000 << 32 | 100)
    let even = (twos >> 16 & 0xff_0000_00ff) &* (10_000 << 32 | 1)
    return (odd &+ even) >> 32
  }

  /// The count of hexadecimal digits in lower case before the first other byte, or 8 if all are digits.
  @inlinable @inline(__always)
  var leadingHexadecimalDigits: Int {
    // `byteSwapped` moves the first byte to the lowest position. Decimal digits become 0 to 9, the letters 1 to 6. A byte's highest bit is
    // set in the sum if it is neither. Carries and borrows change only bytes above the first such byte.
    let digits = byteSwapped ^ 0x3030_3030_3030_3030
    let notDecimal = digits | (digits &+ 0x7676_7676_7676_7676)
    let letters = byteSwapped ^ 0x6060_6060_6060_6060
    let notLetter = letters | (letters &+ 0x7979_7979_7979_7979) | (letters &- 0x0101_0101_0101_0101)
    return (notDecimal & notLetter & 0x8080_8080_8080_8080).trailingZeroBitCount / 8
  }

  /// The number that the first `count` bytes spell, 1 to 8 hexadecimal digits in lower case.
  @inlinable @inline(__always)
  func hexadecimal(digits count: Int) -> UInt64 {
    // Of letters, the lower half of the byte is 1 to 6, and bit 6 is set.
    let letters = self >> 6 & 0x0101_0101_0101_0101
    var digits = (self & 0x0f0f_0f0f_0f0f_0f0f &+ letters &* 9) &>> UInt64(64 &- 8 &* count)
    digits = (digits | digits >> 4) & 0x00ff_00ff_00ff_00ff
    digits = (digits | digits >> 8) & 0x0000_ffff_0000_ffff
    return (digits | digits >> 16) & 0xffff_ffff
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit in lower case, or nil.
  @inlinable @inline(__always)
  var lowerHexDigitValue: UInt8? {
    switch self {
    case 0x30...0x39: self &- 0x30
    case 0x61...0x66: self &- 0x57
    default: nil
    }
  }
}
