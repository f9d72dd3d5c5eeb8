/// Process ID to owner, remembered for as long as that can be trusted.
///
/// A value that does no I/O: it says when /proc must be read and is told what was found. Times are
/// passed in: milliseconds since 1970, as in the records.
public struct ProcessTable: Sendable {
  /// Why a record's process has no owner.
  public enum Unresolved: String, Sendable {
    /// It had ended when its record was read, and nothing was known of it.
    case exited = "process-exited"
    /// A process of that ID runs, but it began after the record was made.
    case reused = "pid-reused"
    /// It is not among the snapshot's processes.
    case notInSnapshot = "not-in-snapshot"
  }

  /// What is known of a record's process.
  public enum Attribution: Equatable, Sendable {
    /// Its owner, as /proc says now.
    case owner(ProcessOwner)
    /// Its owner, as /proc said before it ended.
    case exited(ProcessOwner)
    case unresolved(Unresolved)
  }

  private struct Entry: Sendable {
    var owner: ProcessOwner
    /// When /proc was last seen to say so.
    var seen: Int64
  }

  private var entries: [Int32: Entry] = [:]
  private let most: Int

  /// How long a process that is gone keeps its owner. A PID comes again only after all others were used,
  /// which even the smallest range of 32,768 does not allow in this time.
  static let trust: Int64 = 1000

  /// Remembers `most` processes, of about 100 bytes each, and those of the last second beyond that.
  public init(most: Int = 65536) { self.most = most }

  /// Takes what /proc says of a record's process now: nil if it has ended, or began after the record was made.
  public mutating func attribute(
    _ pid: Int32, found owner: ProcessOwner?, otherwise reason: Unresolved, at now: Int64
  ) -> Attribution {
    if let owner {
      if entries.count >= most { entries = entries.filter { now - $0.value.seen <= Self.trust } }
      entries[pid] = Entry(owner: owner, seen: now)
      return .owner(owner)
    }
    if let entry = entries[pid], now - entry.seen <= Self.trust { return .exited(entry.owner) }
    return .unresolved(reason)
  }
}
