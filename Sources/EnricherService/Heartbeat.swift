/// When the thread that reads records shows that it lives, and tells what it has done. A value: times are passed in, in
/// milliseconds of any clock that only goes forward.
///
/// It wakes nobody but for the watchdog, and once after records have come.
package struct Heartbeat: Sendable {
  /// Between two signs of life, if they are wanted: half of what systemd waits.
  private let interval: Int64?
  private var nextBeat: Int64 = .min
  private var nextStatus: Int64 = .min
  private var told: Counters?
  private var isTold = false

  /// Milliseconds, at least, between two texts for `systemctl status`.
  private static let statusInterval: Int64 = 5000

  /// `watchdog`: after how many milliseconds without a sign the service is restarted; nil for never.
  package init(watchdog: Int64?) { interval = watchdog.map { max($0 / 2, 1) } }

  /// What is due now, for `SystemdNotifier`; nil if nothing is.
  package mutating func beat(_ counters: Counters, at now: Int64) -> String? {
    var state: [String] = []
    if let interval, now >= nextBeat {
      nextBeat = now + interval
      state.append("WATCHDOG=1")
    }
    isTold = counters == told
    if !isTold, now >= nextStatus {
      nextStatus = now + Self.statusInterval
      told = counters
      isTold = true
      state.append(
        "STATUS=\(counters.records) records, \(counters.unresolved) unresolved, \(counters.losses.records) lost"
      )
    }
    return state.isEmpty ? nil : state.joined(separator: "\n")
  }

  /// Milliseconds until something is due even if nothing happens; nil if nothing will be.
  package func wait(at now: Int64) -> Int64? {
    [interval == nil ? nil : nextBeat, isTold ? nil : nextStatus].compactMap(\.self).min().map {
      max(0, $0 - now)
    }
  }
}
