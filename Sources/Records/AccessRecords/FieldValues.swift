internal import AuditRecord

/// Where a record has its values: their ranges in the record's text.
@usableFromInline
package struct FieldValues<Key: RecordKey>: Sendable {
  /// A record's text has fewer bytes than this; lines of logs, too, are shorter.
  private static var endOfText: Int { 1 << 16 }

  @usableFromInline var offsets: InlineArray<64, Span16>
  /// A bit for each key that the record has.
  @usableFromInline package var present: UInt64 = 0
  /// A bit for each key whose value is in quotes, or a word, and can be copied into a line without escapes.
  @usableFromInline package var verbatim: UInt64 = 0
  /// Where the fields begin.
  @usableFromInline var start = 0
  /// Where the fields end, and what auditd appends begins.
  private(set) var end = 0
  /// Whether the record has fields that no key stands for, or a key twice.
  @usableFromInline package var hasOthers = false

  /// A range of which both ends are below 65,536.
  @usableFromInline
  struct Span16: Sendable {
    @usableFromInline var start: UInt16 = 0
    @usableFromInline var length: UInt16 = 0

    @inlinable @inline(__always)
    init(start: UInt16 = 0, length: UInt16 = 0) { (self.start, self.length) = (start, length) }
  }

  @inlinable package init() { offsets = InlineArray(repeating: Span16()) }

  /// The value of a key, without its quotes; nil if the record does not have it.
  @usableFromInline package subscript(key: Key) -> Range<Int>? {
    var copy = self
    return has(key) ? copy.range(key) : nil
  }

  @inlinable @inline(__always)
  package func has(_ key: Key) -> Bool { present & Self.bit(key) != 0 }

  @inlinable @inline(__always)
  static func bit(_ key: Key) -> UInt64 { 1 << UInt64(key.rawValue) }

  @inlinable @inline(__always)
  mutating func range(_ key: Key) -> Range<Int> {
    let span = offsets[Int(key.rawValue)]
    return Int(span.start)..<Int(span.start) + Int(span.length)
  }

  // MARK: Reading

  /// Begins to read fields at `start`.
  mutating func begin(at start: Int) { self.start = start }

  /// Reads a field if it is the next one. `literal` is its key between a space and an equals sign; keys are read this way in one order only.
  @inline(always)
  mutating func readNext(
    _ key: Key, _ literal: StaticString, in text: borrowing Span<UInt8>, at position: inout Int
  ) throws(MalformedRecord) {
    let length = literal.utf8CodeUnitCount
    guard length <= 8 ? text.hasLiteral(literal, at: position) : text.hasLongLiteral(literal, at: position)
    else { return }
    position += length
    try readValue(of: key, in: text, at: &position)
  }

  /// Reads all fields from `start` on. Of a key that occurs twice the first value counts, because the kernel writes what it knows itself
  /// before what others gave it.
  ///
  /// What auditd's ENRICHED format appends is ignored, with or without its separator: it begins with a key in capitals.
  mutating func readRest(_ text: borrowing Span<UInt8>, from start: Int) throws(MalformedRecord) {
    guard text.count < Self.endOfText else { throw .truncated }
    var position = start
    while true {
      while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
      guard position < text.count, text[position] != .enrichmentSeparator, !text[position].isCapital else {
        end = position
        return
      }
      let key = try Self.key(in: text, at: &position)
      guard let known = Self.known(key, in: text), !has(known) else {
        guard text.isKey(key) else { throw .noField }
        position = try text.endOfValue(from: position)
        hasOthers = true
        continue
      }
      try readUnusual(known, in: text, at: &position)
    }
  }

  /// `readValue` for any key, in one place.
  @inline(never)
  private mutating func readUnusual(
    _ key: Key, in text: borrowing Span<UInt8>, at position: inout Int
  ) throws(MalformedRecord) {
    try readValue(of: key, in: text, at: &position)
  }

  /// Reads a key and advances `position` past its equals sign.
  @inline(__always)
  static func key(
    in text: borrowing Span<UInt8>, at position: inout Int
  ) throws(MalformedRecord) -> Range<Int> {
    let start = position
    while let word = text.word(at: position) {
      let length = word.leadingBytes(before: UInt8(ascii: "="))
      position += length
      guard length == 8 else {
        position += 1
        return start..<position - 1
      }
    }
    guard let end = text.firstIndex(of: UInt8(ascii: "="), in: position..<text.count) else {
      throw .truncated
    }
    position = end + 1
    return start..<end
  }

  /// The known key in `range`. A longer one is compared completely, because another key may end in the same eight bytes.
  @inline(__always)
  static func known(_ range: Range<Int>, in text: borrowing Span<UInt8>) -> Key? {
    // The stamp is longer than eight bytes, so eight bytes end where the key does.
    guard !range.isEmpty, let word = text.word(at: range.upperBound - 8) else { return nil }
    guard range.count > 8 else { return Key.key(word & (.max >> UInt64(64 - 8 * range.count))) }
    guard let key = Key.key(word), key.kernelName.utf8CodeUnitCount == range.count,
      text.hasLongLiteral(key.kernelName, at: range.lowerBound)
    else { return nil }
    return key
  }

  @inline(always)
  private mutating func readValue(
    of key: Key, in text: borrowing Span<UInt8>, at position: inout Int
  ) throws(MalformedRecord) {
    let range: Range<Int>
    switch key.form {
    case .number: range = try text.number(at: &position)
    case .word:
      let start = position
      if text.skipWord(at: &position) { verbatim |= Self.bit(key) }
      range = start..<position
      guard !range.isEmpty else { throw .truncated }
    case .text, .literal:
      if text.skip(UInt8(ascii: "\""), at: &position) {
        // The kernel writes text that contains a quote as hexadecimal digits, so the next quote ends the value.
        let plain = text.endOfPlain(from: position)
        guard let quote = text.firstIndex(of: UInt8(ascii: "\""), from: plain) else { throw .truncated }
        if quote == plain { verbatim |= Self.bit(key) }
        range = position..<quote
        position = quote + 1
      } else {
        guard let word = try unquoted(key, in: text, at: &position) else { return }
        range = word
      }
    }
    offsets[Int(key.rawValue)] = Span16(
      start: UInt16(truncatingIfNeeded: range.lowerBound), length: UInt16(truncatingIfNeeded: range.count))
    present |= Self.bit(key)
  }

  /// Reads a text without quotes; nil for `(null)`.
  private func unquoted(
    _ key: Key, in text: borrowing Span<UInt8>, at position: inout Int
  ) throws(MalformedRecord) -> Range<Int>? {
    let range = position..<text.endOfWord(from: position)
    position = range.upperBound
    guard key.form == .text else {
      if range.isEmpty { throw .truncated }
      return range
    }
    if text.hasLiteral("(null)", at: range.lowerBound), range.count == 6 { return nil }
    guard text.isHexadecimalText(range) else { throw .badText }
    return range
  }
}

extension FieldValues {
  /// A process ID, or 0 if the record does not have the key.
  mutating func processID(_ key: Key, in text: borrowing Span<UInt8>) throws(MalformedRecord) -> Int32 {
    guard has(key) else { return 0 }
    let range = range(key)
    var position = range.lowerBound
    guard let number = text.decimal(at: &position, digits: 1...10), position == range.upperBound,
      let pid = Int32(exactly: number)
    else { throw .badNumber }
    return pid
  }
}

extension FieldValues {
  /// Adds a value to a key, or the lack of it.
  @inline(__always)
  mutating func add(_ field: Key, _ text: borrowing Span<UInt8>, to key: inout CountingKey) {
    // Whether there is a value, and whether it is quoted: the same characters without quotes are hexadecimal digits.
    key.first <<= 2
    guard has(field) else { return }
    let range = range(field)
    key.first |= range.lowerBound > 0 && text[range.lowerBound - 1] == UInt8(ascii: "\"") ? 3 : 1
    key.texts.append(range)
  }
}
