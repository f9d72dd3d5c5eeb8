internal import BasicContainers

/// The places of owners that were found for processes of late.
///
/// A table in which two PIDs that fall on the same entry push each other out: it never grows, whatever PIDs records name,
/// and what is not in it is only looked up anew.
struct OwnerCache: ~Copyable {
  struct Entry {
    var pid: Int32 = 0
    var place: Int32 = 0
    /// Holds for records no older than this, in milliseconds since 1970.
    var since: Int64 = 0
    /// Holds as long as nothing was forgotten.
    var generation: UInt64 = 0
  }

  private static let bits = 14
  private var entries = UniqueArray<Entry>(repeating: Entry(), count: 1 << bits)
  private var generation: UInt64 = 1

  /// The place of the owner of a process whose record was made then.
  @inline(__always)
  func place(of pid: Int32, made: Int64) -> Int? {
    let entry = entries[Self.index(of: pid)]
    guard entry.pid == pid, entry.generation == generation, entry.since <= made else { return nil }
    return Int(entry.place)
  }

  /// Remembers a place, for records that were made then and later.
  mutating func remember(_ place: Int, of pid: Int32, since made: Int64) {
    entries[Self.index(of: pid)] = Entry(
      pid: pid, place: Int32(truncatingIfNeeded: place), since: made, generation: generation)
  }

  mutating func forgetAll() { generation += 1 }

  /// PIDs are given out one after the other: those that run together are spread over all entries.
  @inline(__always)
  private static func index(of pid: Int32) -> Int {
    Int((UInt32(bitPattern: pid) &* 2_654_435_769) >> UInt32(32 - bits))
  }
}
