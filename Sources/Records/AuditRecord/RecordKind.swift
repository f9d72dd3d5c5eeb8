/// One kind of record: its type, its parser, and the table of its fields.
@usableFromInline
package protocol RecordKind: Sendable {
  static var type: RecordType { get }
  /// The kind's name in lines.
  static var name: StaticString { get }
  /// The kind as a set.
  static var kind: RecordKinds { get }
  /// A field without a value, between the kind's name and the node's.
  static var emptyField: Field? { get }

  /// Whether a record of this type is of this kind. Kinds may share a type.
  static func recognizes(_ text: borrowing Span<UInt8>) -> Bool

  /// Creates an empty record.
  init()

  /// Reads the text `audit(...): ...` into an empty record. It works in place, because returning a record would copy it.
  mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord)

  var stamp: AuditStamp { get }
  /// The offsets of the stamp's text, `1715847187.650:21196375`.
  var stampText: Range<Int> { get }
  /// The process that caused the record, by its ID in the initial PID namespace.
  var pid: Int32 { get }
  /// Why that need not be the process that the record is about; nil if it is.
  var uncertainty: ProcessUncertainty? { get }
  /// Whether a syscall was refused or a process killed, which deserves a warning.
  var isWarning: Bool { get }
  /// The key for counting; nil for kinds that are counted by owner only.
  func tallyKey(_ text: borrowing Span<UInt8>) -> TallyKey?
  /// The values of the labels for which the key stands, if they are texts of the record. They are needed only once for each key.
  func tallyLabels(_ text: borrowing Span<UInt8>) -> [String]

  /// Whether the record has a line of its own in any case, because it is about something that must not be counted with others.
  var standsAlone: Bool { get }
  /// What the record has in common with those with which it is counted. `text` has fewer than 65,536 bytes. It is mutating because a
  /// nonmutating access would copy a large record.
  mutating func countingKey(_ detail: KeyDetail, _ text: borrowing Span<UInt8>) -> CountingKey
  /// The slot in which an equal record was counted; nil if it is not known.
  var lastSlot: CountedSlot? { get }
  /// The texts of `text` that `KeyDetail.merged` leaves out, in ascending order, without their quotes.
  mutating func inventedTexts(_ text: borrowing Span<UInt8>) -> TextRanges
  /// A record's text that says no more than a key of `KeyDetail.least`. It is read, and then passed to `leaveOut`.
  static func leastText(_ key: CountingKey, stamp: AuditStamp, pid: Int32) -> String
  /// Leaves out what a text cannot: what is not known any more of a record that has only a key.
  mutating func leaveOut(_ detail: KeyDetail)

  /// Who made the syscall that caused the record.
  func caller(in text: borrowing Span<UInt8>) -> SyscallCaller

  /// Writes the fields in the order of a line, without the details. `text` is the text that the record was read from. It is mutating
  /// because a nonmutating access would copy a large record.
  mutating func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)

  /// Writes the fields that only some formats include, after the fields of the owner.
  mutating func writeDetails<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)
}

extension RecordKind {
  @inlinable package func caller(in text: borrowing Span<UInt8>) -> SyscallCaller { .program }
  @inlinable package static var emptyField: Field? { nil }
  @inlinable package var lastSlot: CountedSlot? { nil }
  @inlinable package mutating func leaveOut(_ detail: KeyDetail) {}
  @inlinable @inline(__always)
  package static func recognizes(_ text: borrowing Span<UInt8>) -> Bool { true }
  @inlinable package var uncertainty: ProcessUncertainty? { nil }
  @inlinable package func tallyKey(_ text: borrowing Span<UInt8>) -> TallyKey? { nil }
  @inlinable package func tallyLabels(_ text: borrowing Span<UInt8>) -> [String] { [] }
  @inlinable package func writeDetails<Sink: FieldSink & ~Copyable>(
    _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {}
}
