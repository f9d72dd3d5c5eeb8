/// What the thread that reads records knows, at one moment.
package struct MetricsSnapshot: Sendable {
  /// The machine's name, as it stands in the lines that are written now.
  package var node = ""
  package var counters = Counters()
  /// Whether missing serials are lost records.
  package var isGapCertain = false
  /// What each series has counted.
  package var counts: [(key: RecordTally.Key, count: UInt64)] = []
  /// The names of owners, by their numbers in `counts`.
  package var ownerNames: [Int32: RecordTally.Owner] = [:]
  package var droppedSeries: UInt64 = 0
  /// Records without an attribution, and those of each of `Attribution.allCases`.
  package var attributions: [UInt64] = []
  /// Records of each of `RecordTally.OwnerKind.allCases`.
  package var owners: [UInt64] = []
  /// Records that wait for names.
  package var parked = 0
  package var containers = 0

  package init() {}
}
