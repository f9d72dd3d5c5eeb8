/// One kind of record: its type, its parser, and the table of its fields.
@usableFromInline
package protocol RecordKind: Sendable {
  static var type: RecordType { get }
  /// The kind's name in lines.
  static var name: StaticString { get }

  /// Creates an empty record.
  init()

  /// Reads the text `audit(...): ...` into an empty record. It works in place, because returning a record would copy it.
  mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord)

  var stamp: AuditStamp { get }
  /// The offsets of the stamp's text, `1715847187.650:21196375`.
  var stampText: Range<Int> { get }
  /// The process that caused the record, by its ID in the initial PID namespace.
  var pid: Int32 { get }
  /// Whether a syscall was refused or a process killed, which deserves a warning.
  var isWarning: Bool { get }
  /// The key for counting; nil for kinds that are counted by owner only.
  var tallyKey: TallyKey? { get }

  /// Who made the syscall that caused the record.
  func caller(in text: borrowing Span<UInt8>) -> SyscallCaller

  /// Writes the fields in the order of a line, without the details. `text` is the text that the record was read from.
  func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)

  /// Writes the fields that only some formats include, after the fields of the owner.
  func writeDetails<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)
}

extension RecordKind {
  @inlinable package var tallyKey: TallyKey? { nil }
  @inlinable package func caller(in text: borrowing Span<UInt8>) -> SyscallCaller { .program }
  @inlinable package func writeDetails<Sink: FieldSink & ~Copyable>(
    _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {}
}
