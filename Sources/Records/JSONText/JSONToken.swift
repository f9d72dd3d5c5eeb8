internal import AuditRecord

/// A JSON value as offsets into its text.
package struct JSONToken: Equatable, Sendable {
  package enum Kind: Sendable {
    /// A string whose bytes are its value.
    case plain
    /// A string with escapes.
    case escaped
    case number
    case object
    case array
    case `true`
    case `false`
    case null
  }

  package var kind: Kind
  /// The offsets of the whole value; of a string, those between the quotes.
  package var range: Range<Int>

  package var isString: Bool { kind == .plain || kind == .escaped }

  /// The string's value. Bytes and escapes that are no characters become U+FFFD.
  package func string(in text: borrowing Span<UInt8>) -> String {
    var bytes: [UInt8] = []
    decode(text, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the string's value, which need not be valid UTF-8, to `bytes`.
  package func decode(_ text: borrowing Span<UInt8>, into bytes: inout [UInt8]) {
    var index = range.lowerBound
    while index < range.upperBound {
      guard text[index] == UInt8(ascii: "\\") else {
        // Runs of plain bytes are copied at once.
        let end = Swift.min(Swift.max(text.endOfPlain(from: index), index + 1), range.upperBound)
        bytes.append(copying: text.extracting(index..<end))
        index = end
        continue
      }
      // The scanner checked that each escape is complete.
      let code = text[index + 1]
      index += 2
      switch code {
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0c)
      case UInt8(ascii: "n"): bytes.append(0x0a)
      case UInt8(ascii: "r"): bytes.append(0x0d)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "u"): Self.decodeUnits(text, at: &index, end: range.upperBound, into: &bytes)
      default: bytes.append(code)
      }
    }
  }

  /// Decodes the digits of one `\u` escape, or of two that form a surrogate pair.
  private static func decodeUnits(
    _ text: borrowing Span<UInt8>, at index: inout Int, end: Int, into bytes: inout [UInt8]
  ) {
    // The scanner checked that there are four digits.
    let unit = text.hexNumber(at: &index, count: 4)
    var value = unit
    if unit & 0xfc00 == 0xd800, index + 6 <= end, text.hasLiteral("\\u", at: index) {
      var next = index + 2
      let low = text.hexNumber(at: &next, count: 4)
      if low & 0xfc00 == 0xdc00 {
        value = 0x10000 + (unit & 0x3ff) << 10 + low & 0x3ff
        index = next
      }
    }
    bytes.append(scalar: value)
  }
}

extension [UInt8] {
  /// Appends the character of a number, or U+FFFD if it is none.
  package mutating func append(scalar value: UInt32) {
    // A scalar always has an encoding.
    append(contentsOf: Unicode.UTF8.encode(Unicode.Scalar(value) ?? "\u{fffd}")!)
  }
}

extension Span<UInt8> {
  /// Reads a number of at most `count` hexadecimal digits, and advances `position` past them.
  package func hexNumber(at position: inout Int, count digits: Int) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard position < count, let digit = self[position].hexDigitValue else { break }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
