package import AuditRecord
package import AuditSource

/// Counts of records by outcome.
package struct Counters: Equatable, Sendable {
  /// Well-formed records that were read.
  package var records: UInt64 = 0
  /// Records whose container or unit is known.
  package var enriched: UInt64 = 0
  /// Records whose process or container is unknown. They are written nevertheless.
  package var unresolved: UInt64 = 0
  /// Supposed records that could not be parsed.
  package var malformed: UInt64 = 0
  /// Records of host processes that were dropped as configured.
  package var dropped: UInt64 = 0
  /// Records that became no line because `--lines` does not select their container.
  package var unselected: UInt64 = 0
  /// Lines of records, or entries in the journal.
  package var lines = LineRate()
  /// Records that were counted with others, and so have no line of their own.
  package var aggregated: UInt64 = 0
  /// Those of them whose detail was left out.
  package var merged: UInt64 = 0
  /// Possible records that were not read.
  package var unread = UnreadCounts()
  /// Losses by stage.
  package var losses = LossAccount()

  package init() {}

  /// Whether there were lines that look like records, and none of them could be read. Records that are left out to be safe do not count.
  package var isUnreadable: Bool { records == 0 && (malformed > 0 || unread.unreadable > 0) }

  /// A text such as `records=3 enriched=2 unresolved=1 malformed=0`, with `unread=1` if there are such lines.
  package var summary: String {
    "records=\(records) enriched=\(enriched) unresolved=\(unresolved) malformed=\(malformed)"
      + (unread.total > 0 ? " unread=\(unread.total)" : "")
  }
}
