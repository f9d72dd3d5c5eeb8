/// The clock that ends the intervals of counting.
package enum IntervalClock: Sendable {
  /// That of this machine, since boot.
  case machine
  /// The times of the records, of which the latest counts.
  case records
}
