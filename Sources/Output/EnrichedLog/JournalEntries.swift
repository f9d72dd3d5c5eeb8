package import BasicContainers

/// Journal entries to be sent, in order.
package struct JournalEntries: ~Copyable {
  package enum Kind {
    /// The entry of so many records.
    case record(UInt64)
    case loss
  }

  package struct Entry {
    package var kind: Kind
    /// The index after the entry's last field.
    package var endOfFields: Int
  }

  /// The bytes of all fields, `NAME=value`.
  package internal(set) var fields = LineBuffer()
  /// The end offset of each field.
  package private(set) var ends = UniqueArray<Int>()
  package private(set) var entries = UniqueArray<Entry>()

  @inline(__always)
  mutating func endField() { ends.append(fields.count) }

  /// Ends an entry, which consists of the fields since the previous one.
  @inline(__always)
  mutating func end(_ kind: Kind) { entries.append(Entry(kind: kind, endOfFields: ends.count)) }

  mutating func removeAll() {
    fields.removeAll()
    ends.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }
}
