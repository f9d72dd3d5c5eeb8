internal import BasicContainers

/// Caches the indices of owners that were recently found for processes.
///
/// Two PIDs with the same slot replace each other, so the table never grows, whatever PIDs the records contain. A PID that is not in the
/// table is looked up again.
struct OwnerCache: ~Copyable {
  struct Entry {
    var pid: Int32 = 0
    var index: Int32 = 0
    /// The entry is valid for records of this time or later, in milliseconds since 1970.
    var since: Int64 = 0
    /// The entry is valid for this generation only, which ends with `forgetAll`.
    var generation: UInt64 = 0
  }

  private static let bits = 14
  private var entries = UniqueArray<Entry>(repeating: Entry(), count: 1 << bits)
  private var generation: UInt64 = 1

  /// The index of the owner of a process, for a record of the time `made`.
  @inline(__always)
  func index(of pid: Int32, made: Int64) -> Int? {
    let entry = entries[Self.index(of: pid)]
    guard entry.pid == pid, entry.generation == generation, entry.since <= made else { return nil }
    return Int(entry.index)
  }

  /// Stores an owner's index, for records of the time `made` and later.
  mutating func remember(_ index: Int, of pid: Int32, since made: Int64) {
    entries[Self.index(of: pid)] = Entry(
      pid: pid, index: Int32(truncatingIfNeeded: index), since: made, generation: generation)
  }

  mutating func forgetAll() { generation += 1 }

  /// The kernel assigns PIDs in sequence. Multiplication spreads neighbors over all slots.
  @inline(__always)
  private static func index(of pid: Int32) -> Int {
    Int((UInt32(bitPattern: pid) &* 2_654_435_769) >> UInt32(32 - bits))
  }
}
