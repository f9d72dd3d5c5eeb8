package import Enrichment

/// What `systemctl status` shows of the service. This is a value: times are passed in, in milliseconds of any monotonic clock.
///
/// It causes only one wake-up after records have arrived.
package struct ServiceStatus: Sendable {
  private var next: Int64 = .min
  private var reported: Counters?
  private var isReported = false

  /// The minimum interval between two texts in milliseconds.
  private static let interval: Int64 = 5000

  package init() {}

  /// The text that is due now, for `SystemdNotifier`; nil if none is.
  package mutating func due(_ counters: Counters, at now: Int64) -> String? {
    isReported = counters == reported
    guard !isReported, now >= next else { return nil }
    next = now + Self.interval
    reported = counters
    isReported = true
    return
      "STATUS=\(counters.records) records, \(counters.unresolved) unresolved, \(counters.losses.records) lost"
  }

  /// Milliseconds until a text is due even if nothing happens; nil if none will be.
  package func wait(at now: Int64) -> Int64? { isReported ? nil : max(0, next - now) }
}
