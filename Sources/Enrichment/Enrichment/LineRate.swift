/// Counts the lines of records, and in which minute there were most.
package struct LineRate: Equatable, Sendable {
  package private(set) var total: UInt64 = 0
  /// The most lines within one minute.
  package private(set) var busiestMinute: UInt64 = 0
  /// The current minute, and the total when it began.
  private var minute: Int64 = .min
  private var before: UInt64 = 0

  package init() {}

  mutating func add() { total &+= 1 }

  /// Notes the time, in milliseconds since boot.
  mutating func advance(to now: Int64) {
    busiestMinute = max(busiestMinute, total - before)
    guard now / 60_000 != minute else { return }
    minute = now / 60_000
    before = total
  }
}
