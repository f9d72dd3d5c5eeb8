public import AuditRecord
public import AuditSource

/// What has happened to the records so far.
public struct Counters: Equatable, Sendable {
  /// SECCOMP records that were read and well-formed.
  public var records: UInt64 = 0
  /// Those whose container or unit is known.
  public var enriched: UInt64 = 0
  /// Those whose process or container is not known. They are written all the same.
  public var unresolved: UInt64 = 0
  /// What claimed to be a SECCOMP record and was none.
  public var malformed: UInt64 = 0
  /// Records of host processes that were left out as asked for.
  public var dropped: UInt64 = 0
  /// Lines that may be records and were not read.
  public var unread = UnreadCounts()
  /// What was lost, and where.
  public var losses = LossAccount()

  public init() {}

  /// `records=3 enriched=2 unresolved=1 malformed=0`, and `unread=1` if there are such lines.
  public var summary: String {
    "records=\(records) enriched=\(enriched) unresolved=\(unresolved) malformed=\(malformed)"
      + (unread.total > 0 ? " unread=\(unread.total)" : "")
  }
}

extension Counters {
  /// Adds the counts of another run.
  public mutating func add(_ other: Counters) {
    records &+= other.records
    enriched &+= other.enriched
    unresolved &+= other.unresolved
    malformed &+= other.malformed
    dropped &+= other.dropped
    unread.add(other.unread)
    losses.add(other.losses)
  }
}
