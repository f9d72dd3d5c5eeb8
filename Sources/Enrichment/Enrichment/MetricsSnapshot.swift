package import Recorder

/// A copy of the counts of the thread that reads records, at one moment.
package struct MetricsSnapshot: Sendable {
  /// The machine's name in the lines that are currently written.
  package var node = ""
  package var counters = Counters()
  /// Whether missing serial numbers prove lost records.
  package var isGapCertain = false
  /// The count of each series.
  package var counts: [(key: RecordTally.Key, labels: [String], count: UInt64)] = []
  /// The names of owners, by the owner numbers in `counts`.
  package var ownerNames: [Int32: RecordTally.Owner] = [:]
  /// The number of series that were removed, for each kind of records.
  package var droppedSeries: [UInt64] = []
  /// For each kind, the number of records without an attribution, followed by one number for each of `Attribution.allCases`.
  package var attributions: [[UInt64]] = []
  /// For each kind, the number of records for each of `RecordTally.OwnerKind.allCases`.
  package var owners: [[UInt64]] = []
  /// The number of records that wait for names.
  package var parked = 0
  package var containers = 0
  package var recorder = Recorder.Counts()
  /// The number of keys by which records are counted.
  package var keys = 0

  package init() {}
}
