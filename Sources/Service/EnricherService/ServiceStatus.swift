package import Enrichment

/// What `systemctl status` shows of the service. A value: times are passed in, in milliseconds of any clock that only goes
/// forward.
///
/// It wakes nobody but once after records have come.
package struct ServiceStatus: Sendable {
  private var next: Int64 = .min
  private var told: Counters?
  private var isReported = false

  /// Milliseconds, at least, between two texts.
  private static let interval: Int64 = 5000

  package init() {}

  /// What is due now, for `SystemdNotifier`; nil if nothing is.
  package mutating func due(_ counters: Counters, at now: Int64) -> String? {
    isReported = counters == told
    guard !isReported, now >= next else { return nil }
    next = now + Self.interval
    told = counters
    isReported = true
    return
      "STATUS=\(counters.records) records, \(counters.unresolved) unresolved, \(counters.losses.records) lost"
  }

  /// Milliseconds until something is due even if nothing happens; nil if nothing will be.
  package func wait(at now: Int64) -> Int64? { isReported ? nil : max(0, next - now) }
}
