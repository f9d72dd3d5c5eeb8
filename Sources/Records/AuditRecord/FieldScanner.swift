/// Walks over the `key=value` fields of a record's text, over each byte once: the key first, then its value as whoever
/// asked for the key knows it to be written.
///
/// It holds a position and no bytes: the text is lent to each call.
///
/// `FieldKey` has the keys that are read, of at most eight bytes: a raw value is a key's ASCII bytes, the first one highest.
package struct FieldScanner<FieldKey: RawRepresentable<UInt64>> {
  /// Where the next field (or the space before it), or the value of the last key, stands.
  package var position: Int

  @inline(__always)
  package init(position: Int) { self.position = position }

  /// What `next` found.
  package enum Key {
    case known(FieldKey)
    /// Another key, which has these offsets.
    case other(Range<Int>)
    /// The end of the record.
    case end
  }

  /// Moves behind this key, if the next field has it and stands after one space.
  @inline(__always)
  package mutating func next(is key: FieldKey, in text: borrowing Span<UInt8>) -> Bool {
    let length = (71 - key.rawValue.leadingZeroBitCount) / 8
    guard position < text.count, text[position] == UInt8(ascii: " "), let word = text.word(at: position + 1),
      word >> UInt64(64 - 8 * length) == key.rawValue, text[position + 1 + length] == UInt8(ascii: "=")
    else { return false }
    position += length + 2
    return true
  }

  /// Moves behind the next field's key.
  @inline(__always)
  package mutating func next(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> Key {
    while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
    guard position < text.count, text[position] != .enrichmentSeparator else { return .end }
    // A key that began with zeros would look like a shorter one.
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

  /// As `next`, for keys that are not known or stand at the end.
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

  /// Moves behind a value of any kind.
  package mutating func skip(in text: borrowing Span<UInt8>) throws(MalformedRecord) {
    if position < text.count, text[position] == UInt8(ascii: "\"") {
      // The kernel writes text with a quote in it as hexadecimal digits, so the next one ends the value.
      guard let quote = text.firstIndex(of: UInt8(ascii: "\""), in: position + 1..<text.count) else {
        throw .truncated
      }
      position = quote + 1
    } else {
      while !isAtEnd(in: text) { position += 1 }
    }
  }

  /// Reads a decimal number without a sign.
  @inline(__always)
  package mutating func unsigned(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> UInt32 {
    guard let number = text.decimal(at: &position, digits: 1...10), isAtEnd(in: text),
      let number = UInt32(exactly: number)
    else { throw .badNumber }
    return number
  }

  /// Reads a decimal number that may be negative.
  @inline(__always)
  package mutating func signed<Number: FixedWidthInteger & SignedInteger>(
    in text: borrowing Span<UInt8>
  ) throws(MalformedRecord) -> Number {
    let negative = text.skip(UInt8(ascii: "-"), at: &position)
    guard let magnitude = text.decimal(at: &position, digits: 1...19), isAtEnd(in: text),
      // Nineteen digits may exceed Int64, and the lowest Int64 has no positive twin.
      let number = negative ? Number(exactly: 0 &- Int128(magnitude)) : Number(exactly: magnitude)
    else { throw .badNumber }
    return number
  }

  /// Reads at most so many hexadecimal digits, which the kernel writes in lower case, to the end of the value or to
  /// where `isEnd` says so.
  @inline(__always)
  package mutating func hexadecimal(
    in text: borrowing Span<UInt8>, maxCount: Int, isEnd: (UInt8) -> Bool = { _ in false }
  ) throws(MalformedRecord) -> UInt64 {
    var number: UInt64 = 0
    let start = position
    while !isAtEnd(in: text), !isEnd(text[position]) {
      guard let digit = text[position].lowerHexDigitValue, position - start < maxCount else {
        throw .badNumber
      }
      number = number << 4 | UInt64(digit)
      position += 1
    }
    guard position > start else { throw .badNumber }
    return number
  }

  /// Moves behind `0x`.
  @inline(__always)
  package mutating func hexadecimalPrefix(in text: borrowing Span<UInt8>) throws(MalformedRecord) {
    guard text.skip(UInt8(ascii: "0"), at: &position), text.skip(UInt8(ascii: "x"), at: &position) else {
      throw .badNumber
    }
  }

  /// Moves behind a security context and gives its place.
  package mutating func subject(in text: borrowing Span<UInt8>) -> Range<Int> {
    let start = position
    position = Self.endOfSubject(in: text, from: start)
    return start..<position
  }

  /// Whether a value ends here.
  @inline(__always)
  package func isAtEnd(in text: borrowing Span<UInt8>) -> Bool {
    position >= text.count || text[position] <= 0x20
  }

  /// A security context is not quoted and may hold spaces: `subj==cri-containerd.apparmor.d (enforce) pid=`.
  ///
  /// Of what follows it nothing can hold a space, so the last ` pid=` of the record is the true one, whatever the
  /// context's own text looks like.
  private static func endOfSubject(in text: borrowing Span<UInt8>, from start: Int) -> Int {
    let end = text.firstIndex(of: .enrichmentSeparator, in: start..<text.count) ?? text.count
    if let pid = text.lastIndex(of: " pid=", in: start..<end) { return pid }
    return text.firstIndex(of: UInt8(ascii: " "), in: start..<end) ?? end
  }
}

extension UInt8 {
  /// Separates a record from what auditd's ENRICHED format appends to it.
  static var enrichmentSeparator: UInt8 { 0x1d }
}
