/// The kinds of records that the program knows. A new one is added here.
@usableFromInline package typealias KnownKinds = KindList<SeccompRecord, NoKinds>

/// Kinds of records.
///
/// It is a list of types, not of values, so that the compiler knows which code belongs to which type of record.
@usableFromInline
package protocol RecordTable: SendableMetatype {
  /// The types of all kinds.
  static var types: [RecordType] { get }

  /// Has `reader` read a record as one of its kind, by the number of its type.
  static func read<Reader: RecordReader & ~Copyable>(
    _ type: UInt16, _ bytes: borrowing Span<UInt8>, _ context: Reader.Context, by reader: inout Reader
  ) throws(Reader.Failure)
}

/// Reads records of whatever kind. `Context` is handed on to it.
@usableFromInline
package protocol RecordReader: ~Copyable {
  associatedtype Context
  associatedtype Failure: Error

  mutating func read<Kind: RecordKind>(
    _ kind: Kind.Type, _ bytes: borrowing Span<UInt8>, _ context: Context
  ) throws(Failure)

  /// The type is of no kind in the table.
  mutating func readUnknownType()
}

/// A kind, and others.
@usableFromInline
package enum KindList<Kind: RecordKind, Others: RecordTable>: RecordTable {
  @inlinable package static var types: [RecordType] { [Kind.type] + Others.types }

  @inlinable @inline(__always)
  package static func read<Reader: RecordReader & ~Copyable>(
    _ type: UInt16, _ bytes: borrowing Span<UInt8>, _ context: Reader.Context, by reader: inout Reader
  ) throws(Reader.Failure) {
    if type == Kind.type.number {
      try reader.read(Kind.self, bytes, context)
    } else {
      try Others.read(type, bytes, context, by: &reader)
    }
  }
}

/// The end of a list of kinds.
@usableFromInline
package enum NoKinds: RecordTable {
  @inlinable package static var types: [RecordType] { [] }

  @inlinable
  package static func read<Reader: RecordReader & ~Copyable>(
    _ type: UInt16, _ bytes: borrowing Span<UInt8>, _ context: Reader.Context, by reader: inout Reader
  ) throws(Reader.Failure) {
    reader.readUnknownType()
  }
}
