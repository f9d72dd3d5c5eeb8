internal import Logging
internal import ServiceLog

/// Reports losses of process events: once all processes have been looked at since, or, where more are lost all the time, after a while.
struct EventLossReport {
  let log: Logger
  /// More are summed up.
  private var limit = ReportLimit(maxCount: 10)
  private var reported: UInt64 = 0
  /// When the first loss was seen that has not been reported, in milliseconds since boot.
  private var pendingSince: Int64?

  /// Milliseconds that a loss may stay unreported.
  private static let pause: Int64 = 1000

  init(log: Logger) { self.log = log }

  /// All processes have been looked at since the last of so many losses.
  mutating func scanned(_ losses: UInt64, at now: Int64) {
    report(losses, at: now, "process events were lost; all processes were looked at anew")
  }

  /// So many losses are reported elsewhere.
  mutating func skip(to losses: UInt64) {
    limit.skip(to: losses)
    reported = losses
    pendingSince = nil
  }

  /// Returns when to call it again if nothing happens until then, in milliseconds since boot.
  mutating func update(_ losses: UInt64, at now: Int64) -> Int64? {
    guard losses > reported else { return nil }
    let since = pendingSince ?? now
    pendingSince = since
    guard now - since >= Self.pause else { return since + Self.pause }
    report(
      losses, at: now, "process events were lost, and more may be: short-lived processes may be unresolved")
    return limit.wait(at: now).map { now + $0 }
  }

  mutating func end(_ losses: UInt64, at now: Int64) {
    report(losses, at: now, "process events were lost before the end", isEnd: true)
  }

  private mutating func report(
    _ losses: UInt64, at now: Int64, _ message: Logger.Message, isEnd: Bool = false
  ) {
    guard let count = limit.due(of: losses, at: now, isEnd: isEnd) else { return }
    log.report(.loss, message, ["count": "\(count)"])
    reported = losses
    pendingSince = nil
  }
}
