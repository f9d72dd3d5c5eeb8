/// The fields of a SECCOMP record that are read. The raw value is the key's ASCII bytes, the first one highest.
// See: audit_seccomp() and audit_log_task() in kernel/auditsc.c
enum FieldKey: UInt64 {
  case auid = 0x6175_6964
  case uid = 0x75_6964
  case gid = 0x67_6964
  case ses = 0x73_6573
  case subj = 0x7375_626a
  case pid = 0x70_6964
  case comm = 0x636f_6d6d
  case exe = 0x65_7865
  case sig = 0x73_6967
  case arch = 0x6172_6368
  case syscall = 0x0073_7973_6361_6c6c
  case compat = 0x636f_6d70_6174
  case ip = 0x6970
  case code = 0x636f_6465
}

/// Walks over the `key=value` fields of a record's text, over each byte once: the key first, then its value as whoever
/// asked for the key knows it to be written.
///
/// It holds a position and no bytes: the text is lent to each call.
struct FieldScanner {
  /// Where the next field (or the space before it), or the value of the last key, stands.
  var position: Int

  /// What `next` found.
  enum Key {
    case known(FieldKey)
    case other
    /// The end of the record.
    case end
  }

  /// Separates the record from what auditd's ENRICHED format appends to it.
  static let enrichmentSeparator: UInt8 = 0x1d

  /// Moves behind this key, if the next field has it and stands after one space.
  @inline(__always)
  mutating func next(is key: FieldKey, in text: borrowing Span<UInt8>) -> Bool {
    let length = (71 - key.rawValue.leadingZeroBitCount) / 8
    guard position < text.count, text[position] == UInt8(ascii: " "), let word = text.word(at: position + 1),
      word >> UInt64(64 - 8 * length) == key.rawValue, text[position + 1 + length] == UInt8(ascii: "=")
    else { return false }
    position += length + 2
    return true
  }

  /// Moves behind the next field's key.
  @inline(__always)
  mutating func next(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> Key {
    while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
    guard position < text.count, text[position] != Self.enrichmentSeparator else { return .end }
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
    return length <= 8 ? FieldKey(rawValue: key).map { .known($0) } ?? .other : .other
  }

  // MARK: Values

  /// Moves behind a value of any kind.
  mutating func skip(in text: borrowing Span<UInt8>) throws(MalformedRecord) {
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
  mutating func unsigned(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> UInt32 {
    guard let number = text.decimal(at: &position, digits: 1...10), isAtEnd(in: text),
      let number = UInt32(exactly: number)
    else { throw .badNumber }
    return number
  }

  /// Reads a decimal number that may be negative.
  @inline(__always)
  mutating func signed<Number: FixedWidthInteger & SignedInteger>(
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
  mutating func hexadecimal(
    in text: borrowing Span<UInt8>, most: Int, isEnd: (UInt8) -> Bool = { _ in false }
  ) throws(MalformedRecord) -> UInt64 {
    var number: UInt64 = 0
    let start = position
    while !isAtEnd(in: text), !isEnd(text[position]) {
      guard let digit = text[position].lowerHexDigitValue, position - start < most else { throw .badNumber }
      number = number << 4 | UInt64(digit)
      position += 1
    }
    guard position > start else { throw .badNumber }
    return number
  }

  /// Moves behind `0x`.
  @inline(__always)
  mutating func hexadecimalPrefix(in text: borrowing Span<UInt8>) throws(MalformedRecord) {
    guard text.skip(UInt8(ascii: "0"), at: &position), text.skip(UInt8(ascii: "x"), at: &position) else {
      throw .badNumber
    }
  }

  /// Moves behind a security context and gives its place.
  mutating func subject(in text: borrowing Span<UInt8>) -> Range<Int> {
    let start = position
    position = Self.endOfSubject(in: text, from: start)
    return start..<position
  }

  /// Whether a value ends here.
  @inline(__always)
  func isAtEnd(in text: borrowing Span<UInt8>) -> Bool {
    position >= text.count || text[position] <= 0x20
  }

  /// A security context is not quoted and may hold spaces: `subj==cri-containerd.apparmor.d (enforce) pid=`.
  ///
  /// Of what follows it nothing can hold a space, so the last ` pid=` of the record is the true one, whatever the
  /// context's own text looks like.
  private static func endOfSubject(in text: borrowing Span<UInt8>, from start: Int) -> Int {
    let end = text.firstIndex(of: enrichmentSeparator, in: start..<text.count) ?? text.count
    if let pid = text.lastIndex(of: " pid=", in: start..<end) { return pid }
    return text.firstIndex(of: UInt8(ascii: " "), in: start..<end) ?? end
  }
}
