package import AuditRecord

/// The fields that a record writes, in order, as keys and texts.
package struct RecordFields<Kind: RecordKind>: ~Copyable {
  package private(set) var record = Kind()
  /// `key=value` of each field: first those of lines, then the details.
  package private(set) var fields: [String] = []

  /// Reads a payload.
  package init(_ text: String) throws(MalformedRecord) { try self.init(Array(text.utf8)) }

  package init(_ bytes: [UInt8]) throws(MalformedRecord) {
    var record = Kind()
    try record.read(bytes.span)
    record.write(bytes.span, to: &self)
    record.writeDetails(bytes.span, to: &self)
    self.record = record
  }

  /// The value of a key; nil if it was not written, or was written twice.
  package func value(_ key: String) -> String? {
    let found = fields.filter { $0.hasPrefix("\(key)=") }
    return found.count == 1 ? String(found[0].dropFirst(key.utf8.count + 1)) : nil
  }

  private init() {}

  private mutating func add(_ key: StaticString, _ value: some StringProtocol) {
    fields.append("\(key)=\(value)")
  }

  private static func text(_ range: Range<Int>, _ text: borrowing Span<UInt8>) -> String {
    String(decoding: range.map { text[$0] }, as: UTF8.self)
  }
}

extension RecordFields: FieldSink {
  package func has(_ level: Field.Level) -> Bool { true }
  package mutating func put(_ field: Field, _ number: Int64) { add(field.key, "\(number)") }
  package mutating func put(
    _ field: Field, copying value: Range<Int>, _ quotes: ValueQuotes, in text: borrowing Span<UInt8>
  ) {
    add(field.key, Self.text(value, text))
  }
  package mutating func put(_ field: Field, hexadecimal number: UInt64) {
    add(field.key, String(number, radix: 16))
  }
  package mutating func put(_ field: Field, word: StaticString) { add(field.key, "\(word)") }
  package mutating func put(_ field: Field, signal: Int32) { add(field.key, "\(signal)") }
  package mutating func put(_ field: Field, _ value: RecordText, in text: borrowing Span<UInt8>) {
    switch value.encoding {
    case .plain: add(field.key, Self.text(value.range, text))
    case .missing: add(field.key, "")
    case .hexadecimal:
      let digits = Array(Self.text(value.range, text))
      let bytes = stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)!
      }
      add(field.key, String(decoding: bytes, as: UTF8.self))
    }
  }
  package mutating func put(_ field: Field, bytes: borrowing Span<UInt8>) {
    add(field.key, Self.text(0..<bytes.count, bytes))
  }
  package mutating func put(recordKey key: Range<Int>, value: Range<Int>, in text: borrowing Span<UInt8>) {
    fields.append("+\(Self.text(key, text))=\(Self.text(value, text))")
  }
  package mutating func put(syscall number: Int64, arch: UInt32) { add("syscallID", "\(number)") }
}
