/// A format, to which records write their fields.
///
/// A sink passes over what it does not have: fields of a higher level, or without a name in the journal.
@usableFromInline
package protocol FieldSink: ~Copyable {
  /// Whether it has fields of this level.
  func has(_ level: Field.Level) -> Bool

  mutating func put(_ field: Field, _ number: Int64)
  /// A number in hexadecimal digits.
  mutating func put(_ field: Field, hexadecimal number: UInt64)
  /// A word of ours, which needs no escapes.
  mutating func put(_ field: Field, word: StaticString)
  /// A signal, by its name if it has one.
  mutating func put(_ field: Field, signal: Int32)
  /// Text that a process chose, in the record's `text`.
  mutating func put(_ field: Field, _ value: RecordText, in text: borrowing Span<UInt8>)
  /// Other text that may hold anything.
  mutating func put(_ field: Field, bytes: borrowing Span<UInt8>)
  /// The fields `syscallID`, `syscallName` and `arch`: a syscall's number, and the AUDIT_ARCH_* token of the machine that it was made for.
  mutating func put(syscall number: Int64, arch: UInt32)
}
