/// An output format to which records write their fields.
///
/// A sink ignores fields that it does not include: fields of a higher level, or fields without a journal name.
@usableFromInline
package protocol FieldSink: ~Copyable {
  /// Whether the sink includes fields of this level.
  func has(_ level: Field.Level) -> Bool

  mutating func put(_ field: Field, _ number: Int64)
  /// Writes a value without anything to escape as the record has it: `value` is a range of the record's `text`, without quotes.
  mutating func put(
    _ field: Field, copying value: Range<Int>, _ quotes: ValueQuotes, in text: borrowing Span<UInt8>)
  /// Writes a number in hexadecimal digits.
  mutating func put(_ field: Field, hexadecimal number: UInt64)
  /// Writes a word of this program, which needs no escapes.
  mutating func put(_ field: Field, word: StaticString)
  /// Writes a signal by its name, or by its number if it has no name.
  mutating func put(_ field: Field, signal: Int32)
  /// Writes text that a process chose; `value` is a range of the record's `text`.
  mutating func put(_ field: Field, _ value: RecordText, in text: borrowing Span<UInt8>)
  /// Writes other text with arbitrary content.
  mutating func put(_ field: Field, bytes: borrowing Span<UInt8>)
  /// Writes a field that this program does not know: its key, which consists of letters, digits, `_` and `-`, and its value are ranges of
  /// the record's `text`.
  mutating func put(recordKey key: Range<Int>, value: Range<Int>, in text: borrowing Span<UInt8>)
  /// Writes the fields `syscallID`, `syscallName` and `arch`: a syscall's number, and the AUDIT_ARCH_* token of its machine.
  mutating func put(syscall number: Int64, arch: UInt32)
}

/// Which quotes a value has that is copied from a record.
@usableFromInline
package enum ValueQuotes: Sendable {
  /// None: a decimal number.
  case none
  /// Those that the record has around the value, behind the field's key.
  case ofRecord
  /// The record has none, but the line has.
  case added
}
