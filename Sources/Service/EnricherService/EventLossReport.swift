package import Logging
internal import ServiceLog

/// Reports losses of process events: after all processes have been scanned again, or, if losses continue, after a while.
package struct EventLossReport {
  private let log: Logger
  /// Limits the reports; further losses are added up.
  private var limit = ReportLimit(maxCount: 10)
  private var reported: UInt64 = 0
  /// When the first unreported loss was seen, in milliseconds since boot.
  private var pendingSince: Int64?

  /// How long a loss may stay unreported, in milliseconds.
  private static let pause: Int64 = 1000

  package init(log: Logger) { self.log = log }

  /// Reports that all processes have been scanned since the last loss. `losses` is the total so far.
  package mutating func scanned(_ losses: UInt64, at now: Int64) {
    report(losses, at: now, "process events were lost; all processes were read again")
  }

  /// Marks the losses so far as reported elsewhere.
  package mutating func skip(to losses: UInt64) {
    limit.skip(to: losses)
    reported = losses
    pendingSince = nil
  }

  /// Returns when to call this again if nothing happens until then, in milliseconds since boot.
  package mutating func update(_ losses: UInt64, at now: Int64) -> Int64? {
    guard losses > reported else { return nil }
    let since = pendingSince ?? now
    pendingSince = since
    guard now - since >= Self.pause else { return since + Self.pause }
    report(
      losses, at: now,
      "process events were lost, and more may be lost: short-lived processes may be unresolved")
    return limit.wait(at: now).map { now + $0 }
  }

  package mutating func end(_ losses: UInt64, at now: Int64) {
    report(losses, at: now, "process events were lost before the service ended", isEnd: true)
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
