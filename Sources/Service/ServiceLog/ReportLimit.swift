/// Limits how often the service's own log reports one subject, so that no cause can fill that log. What is not reported at once
/// is added up, so that no count is missing in the end.
package struct ReportLimit {
  private var reported: UInt64 = 0
  /// The times of the latest reports that still count, in milliseconds since boot.
  private var times: [Int64] = []
  /// When the next report may be made; nil if none is pending.
  private var nextReport: Int64?
  private let maxCount: Int

  /// In milliseconds.
  private static let period: Int64 = 60_000

  /// Allows `maxCount` reports per minute.
  package init(maxCount: Int = 1) { self.maxCount = maxCount }

  /// Returns what was added to a total since the last report, if a report may be made now, in milliseconds since boot. At the
  /// end it always may.
  package mutating func due(of total: UInt64, at now: Int64, isEnd: Bool = false) -> UInt64? {
    guard total > reported else { return nil }
    times.removeAll { now - $0 >= Self.period }
    guard isEnd || times.count < maxCount else {
      nextReport = times.first.map { $0 + Self.period }
      return nil
    }
    defer { reported = total }
    times.append(now)
    nextReport = nil
    return total - reported
  }

  /// Marks everything up to `total` as reported.
  package mutating func skip(to total: UInt64) { reported = total }

  /// Milliseconds until the pending report may be made; nil if none is pending.
  package func wait(at now: Int64) -> Int64? { nextReport.map { max(0, $0 - now) } }
}
