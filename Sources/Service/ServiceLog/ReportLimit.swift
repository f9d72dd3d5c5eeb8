/// Limits how often the service's own log says one thing, whatever causes it: nobody must be able to fill that log. What is not reported
/// at once is summed up, so that no count is missing in the end.
package struct ReportLimit {
  private var reported: UInt64 = 0
  /// When the latest reports were made, in milliseconds since boot: those that still count.
  private var times: [Int64] = []
  /// When the next one may be made; nil if nothing is pending.
  private var nextReport: Int64?
  private let maxCount: Int

  /// In milliseconds.
  private static let period: Int64 = 60_000

  /// At most so many reports a minute.
  package init(maxCount: Int = 1) { self.maxCount = maxCount }

  /// What has been added to a total since the last report, if a report may be made now, in milliseconds since boot. At the end it may.
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

  /// What has been added by now is not reported.
  package mutating func skip(to total: UInt64) { reported = total }

  /// Milliseconds until what is pending may be reported; nil if nothing is.
  package func wait(at now: Int64) -> Int64? { nextReport.map { max(0, $0 - now) } }
}
