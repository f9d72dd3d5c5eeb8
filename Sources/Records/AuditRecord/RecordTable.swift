/// A list of record kinds.
///
/// It is a list of types, not of values, so that the compiler can generate code for each record type.
@usableFromInline
package protocol RecordTable: SendableMetatype {
  /// The types of all kinds.
  static var types: [RecordType] { get }

  /// Calls `reader` with the kind of the record in a range of `bytes`, which has the type number `type`.
  static func read<Reader: RecordReader & ~Copyable>(
    _ type: UInt16, _ bytes: borrowing Span<UInt8>, _ record: Range<Int>, _ context: Reader.Context,
    by reader: inout Reader
  ) throws(Reader.Failure)

  /// A text of a kind and type that says no more than a key of `KeyDetail.least`; nil if the table has no such kind.
  static func leastText(
    _ kind: RecordKinds, type: UInt16, _ key: CountingKey, stamp: AuditStamp, pid: Int32
  ) -> String?
}

/// Reads records of any kind. `Context` is passed through to `read`.
@usableFromInline
package protocol RecordReader: ~Copyable {
  associatedtype Context
  associatedtype Failure: Error

  mutating func read<Kind: RecordKind>(
    _ kind: Kind.Type, _ bytes: borrowing Span<UInt8>, _ context: Context
  ) throws(Failure)

  /// Called for a record of no kind in the table.
  mutating func readUnknownType()
}

/// One kind, followed by the others.
@usableFromInline
package enum KindList<Kind: RecordKind, Others: RecordTable>: RecordTable {
  @inlinable package static var types: [RecordType] { [Kind.type] + Others.types.filter { $0 != Kind.type } }

  @inlinable @inline(__always)
  package static func read<Reader: RecordReader & ~Copyable>(
    _ type: UInt16, _ bytes: borrowing Span<UInt8>, _ record: Range<Int>, _ context: Reader.Context,
    by reader: inout Reader
  ) throws(Reader.Failure) {
    if type == Kind.type.number, Kind.recognizes(bytes.extracting(record)) {
      try reader.read(Kind.self, bytes, context)
    } else {
      try Others.read(type, bytes, record, context, by: &reader)
    }
  }

  @usableFromInline
  package static func leastText(
    _ kind: RecordKinds, type: UInt16, _ key: CountingKey, stamp: AuditStamp, pid: Int32
  ) -> String? {
    guard kind == Kind.kind, type == Kind.type.number else {
      return Others.leastText(kind, type: type, key, stamp: stamp, pid: pid)
    }
    return Kind.leastText(key, stamp: stamp, pid: pid)
  }
}

/// The end of a list of kinds.
@usableFromInline
package enum NoKinds: RecordTable {
  @inlinable package static var types: [RecordType] { [] }

  @inlinable
  package static func read<Reader: RecordReader & ~Copyable>(
    _ type: UInt16, _ bytes: borrowing Span<UInt8>, _ record: Range<Int>, _ context: Reader.Context,
    by reader: inout Reader
  ) throws(Reader.Failure) {
    reader.readUnknownType()
  }

  @usableFromInline
  package static func leastText(
    _ kind: RecordKinds, type: UInt16, _ key: CountingKey, stamp: AuditStamp, pid: Int32
  ) -> String? { nil }
}
