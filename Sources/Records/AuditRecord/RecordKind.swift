/// One kind of record: its type, how it is read, and the table of its fields.
@usableFromInline
package protocol RecordKind: Sendable {
  static var type: RecordType { get }
  /// As lines name it.
  static var name: StaticString { get }

  /// One of which nothing has been read.
  init()

  /// Reads the text `audit(...): ...` into an empty record: in place, for a record that is returned is copied.
  mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord)

  var stamp: AuditStamp { get }
  /// The offsets of the stamp's text, `1715847187.650:21196375`.
  var stampText: Range<Int> { get }
  /// The process that made it, in the initial PID namespace.
  var pid: Int32 { get }
  /// Whether something was refused or ended, which is worth a warning.
  var isWarning: Bool { get }
  /// What it is counted by; nil for kinds that are counted by their owner alone.
  var tallyKey: TallyKey? { get }

  /// Writes its fields in the order of a line, but for the details. `text` is what it was read from.
  func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)

  /// Writes what only some formats have, behind what is said of the record's owner.
  func writeDetails<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)
}

extension RecordKind {
  @inlinable package var tallyKey: TallyKey? { nil }
  @inlinable package func writeDetails<Sink: FieldSink & ~Copyable>(
    _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {}
}
