/// Scans the `key=value` fields of a record's text and reads each byte once. The caller reads the key first, then the value in the form
/// that belongs to that key.
///
/// The scanner stores a position only; each call borrows the text.
///
/// `FieldKey` lists the keys to read, of at most eight bytes. A raw value consists of the key's ASCII bytes, the first one in the highest
/// byte.
package struct FieldScanner<FieldKey: RawRepresentable<UInt64>> {
  /// The offset of the next field (or of the space before it), or of the value that belongs to the last key.
  package var position: Int

  @inline(__always)
  package init(position: Int) { self.position = position }

  /// The result of `next`.
  package enum Key {
    case known(FieldKey)
    /// Any other key, with the offsets of its bytes.
    case other(Range<Int>)
    /// The end of the record.
    case end
  }

  /// Advances past this key if the next field has it, after exactly one space. Otherwise returns false.
  @inline(__always)
  package mutating func next(is key: FieldKey, in text: borrowing Span<UInt8>) -> Bool {
    let length = (71 - key.rawValue.leadingZeroBitCount) / 8
    guard let word = text.word(at: position) else { return false }
    if length <= 6 {
      // The space, the key and the equals sign are compared at once.
      let field = UInt64(0x20) << UInt64(8 * length + 8) | key.rawValue << 8 | 0x3d
      guard word >> UInt64(48 - 8 * length) == field else { return false }
    } else {
      let start = UInt64(0x20) << UInt64(8 * length) | key.rawValue
      guard length == 7, word == start, position + 8 < text.count, text[position + 8] == UInt8(ascii: "=")
      else { return false }
    }
    position += length + 2
    return true
  }

  /// Reads the next field's key and advances past it.
  @inline(__always)
  package mutating func next(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> Key {
    while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
    guard position < text.count, text[position] != .enrichmentSeparator else { return .end }
    // A key with leading zero bytes would equal a shorter key, so the first byte is checked.
    if text[position] > 0x20, let word = text.word(at: position) {
      let length = word.leadingBytes(before: UInt8(ascii: "="))
      let key = word >> UInt64(64 - 8 * length)
      if length < 8, let key = FieldKey(rawValue: key) {
        position += length + 1
        return .known(key)
      }
    }
    return try nextByBytes(in: text)
  }

  /// The slow path of `next`, for unknown keys and keys close to the end of the text.
  private mutating func nextByBytes(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> Key {
    var key: UInt64 = 0
    let start = position
    while true {
      guard position < text.count else { throw .truncated }
      let byte = text[position]
      if byte == UInt8(ascii: "=") { break }
      guard byte > 0x20, byte < 0x7f else { throw .noField }
      key = key << 8 | UInt64(byte)
      position += 1
    }
    let length = position - start
    position += 1
    if length <= 8, let key = FieldKey(rawValue: key) { return .known(key) }
    return .other(start..<start + length)
  }

  // MARK: Values

  /// Advances past a value of any form.
  package mutating func skip(in text: borrowing Span<UInt8>) throws(MalformedRecord) {
    if position < text.count, text[position] == UInt8(ascii: "\"") {
      // The kernel writes text that contains a quote as hexadecimal digits, so the next quote ends the value.
      guard let quote = text.firstIndex(of: UInt8(ascii: "\""), in: position + 1..<text.count) else {
        throw .truncated
      }
      position = quote + 1
    } else {
      while !isAtEnd(in: text) { position += 1 }
    }
  }

  /// Reads an unsigned decimal number.
  @inline(__always)
  package mutating func unsigned(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> UInt32 {
    guard let number = text.decimal(at: &position, digits: 1...10), isAtEnd(in: text),
      let number = UInt32(exactly: number)
    else { throw .badNumber }
    return number
  }

  /// Reads the ID of a user or session, most of which are unset, 4294967295.
  @inline(__always)
  package mutating func identifier(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> UInt32 {
    guard text.hasLongLiteral("4294967295", at: position), position + 10 < text.count,
      text[position + 10] <= 0x20
    else { return try unsigned(in: text) }
    position += 10
    return .max
  }

  /// Reads a signed decimal number.
  @inline(__always)
  package mutating func signed<Number: FixedWidthInteger & SignedInteger>(
    in text: borrowing Span<UInt8>
  ) throws(MalformedRecord) -> Number {
    let isNegative = text.skip(UInt8(ascii: "-"), at: &position)
    guard let magnitude = text.decimal(at: &position, digits: 1...19), isAtEnd(in: text) else {
      throw .badNumber
    }
    // Nineteen digits may exceed Int64, and the negation of the lowest Int64 overflows.
    let number = isNegative ? Number(exactly: 0 &- Int128(magnitude)) : Number(exactly: magnitude)
    guard let number else { throw .badNumber }
    return number
  }

  /// Reads at most `maxCount` hexadecimal digits in lower case, as the kernel writes them, up to the end of the value or to a byte for
  /// which `isEnd` returns true.
  @inline(__always)
  package mutating func hexadecimal(
    in text: borrowing Span<UInt8>, maxCount: Int, isEnd: (UInt8) -> Bool = { _ in false }
  ) throws(MalformedRecord) -> UInt64 {
    let start = position
    guard let number = text.lowerHexadecimal(at: &position), position - start <= maxCount,
      isAtEnd(in: text) || isEnd(text[position])
    else { throw .badNumber }
    return number
  }

  /// Advances past `0x`.
  @inline(__always)
  package mutating func hexadecimalPrefix(in text: borrowing Span<UInt8>) throws(MalformedRecord) {
    guard text.skip(UInt8(ascii: "0"), at: &position), text.skip(UInt8(ascii: "x"), at: &position) else {
      throw .badNumber
    }
  }

  /// Advances past a security context and returns its range.
  package mutating func subject(in text: borrowing Span<UInt8>) -> Range<Int> {
    let start = position
    position = Self.endOfSubject(in: text, from: start)
    return start..<position
  }

  /// Whether the value ends at the current position.
  @inline(__always)
  package func isAtEnd(in text: borrowing Span<UInt8>) -> Bool {
    position >= text.count || text[position] <= 0x20
  }

  /// The end of a security context, which is not quoted and may contain spaces: `subj==cri-containerd.apparmor.d (enforce) pid=`.
  ///
  /// No field after it can contain a space, so the record's last ` pid=` is the real one, whatever text the context contains.
  private static func endOfSubject(in text: borrowing Span<UInt8>, from start: Int) -> Int {
    let end = text.firstIndex(of: .enrichmentSeparator, in: start..<text.count) ?? text.count
    if let pid = text.lastIndex(of: " pid=", in: start..<end) { return pid }
    return text.firstIndex(of: UInt8(ascii: " "), in: start..<end) ?? end
  }
}

extension UInt8 {
  /// Separates a record from the fields that auditd's ENRICHED format appends to it.
  package static var enrichmentSeparator: UInt8 { 0x1d }
}
