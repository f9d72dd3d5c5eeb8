public import AuditRecord

// Writing of fields, in the order of the keys. The functions are mutating because a nonmutating access would copy all ranges.
extension FieldValues {
  /// Writes the fields that the record has, from the key `first` on and before `end`.
  @inlinable
  package mutating func write<Sink: FieldSink & ~Copyable>(
    from first: Key, before end: Key? = nil, _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {
    var rest = present & (.max << UInt64(first.rawValue))
    if let end { rest &= ~(.max << UInt64(end.rawValue)) }
    while rest != 0, let key = Key(rawValue: UInt8(rest.trailingZeroBitCount)) {
      rest &= rest - 1
      put(key, text, to: &sink)
    }
  }

  /// Writes the field of a key, or an empty text if the record does not have it.
  @inlinable
  package mutating func put<Sink: FieldSink & ~Copyable>(
    _ key: Key, _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {
    guard has(key) else { return sink.put(key.field, word: "") }
    let isVerbatim = verbatim & Self.bit(key) != 0
    switch key.form {
    case .number: sink.put(key.field, copying: range(key), .none, in: text)
    case .word where isVerbatim: sink.put(key.field, copying: range(key), .added, in: text)
    case .word: sink.put(key.field, bytes: text.extracting(range(key)))
    // The key may have another name in lines than in the record.
    case .text, .literal:
      if isVerbatim, !key.isRenamed {
        sink.put(key.field, copying: range(key), .ofRecord, in: text)
      } else {
        put(key, as: key.field, text, to: &sink)
      }
    }
  }

  /// Writes the text of a key as another field.
  @inlinable
  package mutating func put<Sink: FieldSink & ~Copyable>(
    _ key: Key, as field: Field, _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {
    guard has(key) else { return sink.put(field, word: "") }
    let isVerbatim = verbatim & Self.bit(key) != 0
    let value =
      isVerbatim
      ? RecordText(encoding: .plain, range: range(key), isVerbatim: true)
      : RecordText(kernelText: range(key), in: text)
    sink.put(field, value, in: text)
  }

  /// The text of a key's value.
  @usableFromInline
  package func text(_ key: Key, in text: borrowing Span<UInt8>) -> RecordText {
    if let range = self[key] { RecordText(kernelText: range, in: text) } else { .missing }
  }

  /// Whether a key's value is `literal`.
  @inlinable @inline(__always)
  package mutating func has(_ key: Key, _ literal: StaticString, in text: borrowing Span<UInt8>) -> Bool {
    guard has(key), case let range = range(key), range.count == literal.utf8CodeUnitCount else {
      return false
    }
    return text.hasLiteral(literal, at: range.lowerBound)
  }

  /// The number of other fields of one record that are written. No record of the kernel has as many.
  private static var maxOthers: Int { 32 }

  /// Writes the fields that no key stands for, as the record has them: under its own keys, or with `record_` before a key that has a
  /// meaning in lines. Of two such fields with the same key the first is written.
  @usableFromInline
  package func writeOthers<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink) {
    guard hasOthers else { return }
    var found = InlineArray<32, UInt32>(repeating: 0)
    var count = 0
    forEachOther(text) { key, value in
      guard count < Self.maxOthers else { return }
      for index in 0..<count {
        let other = Int(found[index] >> 16)..<Int(found[index] >> 16) + Int(found[index] & 0xffff)
        if text.isEqual(other, key) { return }
      }
      found[count] = UInt32(truncatingIfNeeded: key.lowerBound << 16 | key.count)
      count += 1
      sink.put(recordKey: key, value: value, in: text)
    }
  }

  /// Walks over the fields exactly as they were read, up to where reading ended.
  private func forEachOther(_ text: borrowing Span<UInt8>, _ body: (Range<Int>, Range<Int>) -> Void) {
    var position = start
    while true {
      while position < end, text[position] == UInt8(ascii: " ") { position += 1 }
      guard position < end, let key = try? Self.key(in: text, at: &position), text.isKey(key) else { return }
      let begin = position
      let isQuoted = begin < end && text[begin] == UInt8(ascii: "\"")
      let first = Self.known(key, in: text).map { self[$0] }
      // The key's own field. Where its value ends depends on the key.
      if let first = first ?? nil, first.lowerBound == begin || isQuoted && first.lowerBound == begin + 1 {
        position = first.upperBound + first.lowerBound - begin
        continue
      }
      guard let valueEnd = try? text.endOfValue(from: begin), valueEnd <= end else { return }
      position = valueEnd
      let value = isQuoted ? begin + 1..<position - 1 : begin..<position
      // A repetition of a known key. `(null)` is not stored.
      if let first {
        guard let first, !text.isEqual(first, value) else { continue }
      }
      body(key, value)
    }
  }
}

extension RecordText {
  /// A value of the kernel in `range`, which does not include its quotes.
  @usableFromInline
  package init(kernelText range: Range<Int>, in text: borrowing Span<UInt8>) {
    let isQuoted = range.lowerBound > 0 && text[range.lowerBound - 1] == UInt8(ascii: "\"")
    self.init(
      encoding: !isQuoted && text.isHexadecimalText(range) ? .hexadecimal : .plain, range: range)
  }
}

extension Span where Element == UInt8 {
  func isEqual(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
    guard one.count == other.count else { return false }
    for offset in 0..<one.count where self[one.lowerBound + offset] != self[other.lowerBound + offset] {
      return false
    }
    return true
  }
}
