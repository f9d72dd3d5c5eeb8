internal import BasicContainers

/// Entries of the journal on their way out, one after the other.
struct JournalEntries: ~Copyable {
  enum Kind { case record, loss }

  struct Entry {
    var kind: Kind
    /// How many fields there are up to its last.
    var endOfFields: Int
  }

  /// The bytes of all fields, `NAME=value`.
  var fields = LineBuffer()
  /// Where each field ends.
  private(set) var ends = UniqueArray<Int>()
  private(set) var entries = UniqueArray<Entry>()

  var isEmpty: Bool { entries.isEmpty }

  @inline(__always)
  mutating func endField() { ends.append(fields.count) }

  /// The fields since the last entry are one.
  @inline(__always)
  mutating func end(_ kind: Kind) { entries.append(Entry(kind: kind, endOfFields: ends.count)) }

  mutating func removeAll() {
    fields.removeAll()
    ends.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }
}
