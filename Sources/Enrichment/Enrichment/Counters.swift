package import AuditRecord
package import AuditSource

/// What has happened to the records so far.
package struct Counters: Equatable, Sendable {
  /// SECCOMP records that were read and well-formed.
  package var records: UInt64 = 0
  /// Those whose container or unit is known.
  package var enriched: UInt64 = 0
  /// Those whose process or container is not known. They are written all the same.
  package var unresolved: UInt64 = 0
  /// What claimed to be a SECCOMP record and was none.
  package var malformed: UInt64 = 0
  /// Records of host processes that were left out as asked for.
  package var dropped: UInt64 = 0
  /// Lines that may be records and were not read.
  package var unread = UnreadCounts()
  /// What was lost, and where.
  package var losses = LossAccount()

  package init() {}

  /// `records=3 enriched=2 unresolved=1 malformed=0`, and `unread=1` if there are such lines.
  package var summary: String {
    "records=\(records) enriched=\(enriched) unresolved=\(unresolved) malformed=\(malformed)"
      + (unread.total > 0 ? " unread=\(unread.total)" : "")
  }
}

extension Counters {
  /// Adds the counts of another run.
  package mutating func add(_ other: Counters) {
    records &+= other.records
    enriched &+= other.enriched
    unresolved &+= other.unresolved
    malformed &+= other.malformed
    dropped &+= other.dropped
    unread.add(other.unread)
    losses.add(other.losses)
  }
}
