internal import Glibc
internal import Logging
internal import ProcessTable
internal import ServiceLifecycle

/// Reads process events the moment that they come, on a thread of its own: whatever the records do, a process that lives
/// for a moment only must be looked at now.
struct ProcessWatcher: Service {
  private let tracker: ProcessTracker
  private let log: Logger
  private let mailbox: Mailbox

  /// How much of the time, at most, goes into looking through all of /proc: one part in so many.
  private static let scanShare: Int64 = 10

  /// Milliseconds, at least, between two messages that there was no room: where as many processes run, that goes on.
  private static let fullPause: Int64 = 60_000

  /// Milliseconds between two attempts to switch events on that another program has switched off.
  private static let restorationPause: Int64 = 1000

  /// `mailbox` is where the tracker wakes its thread.
  init(tracker: ProcessTracker, mailbox: Mailbox, log: Logger) {
    self.tracker = tracker
    self.mailbox = mailbox
    self.log = log
  }

  /// Where its thread takes a sign of life from; nil if there is none, for no events come.
  var watched: Mailbox? { tracker.descriptor == nil ? nil : mailbox }

  func run() async throws {
    guard let descriptor = tracker.descriptor else { return try await gracefulShutdown() }
    try await withGracefulShutdownHandler {
      try await OwnThread.run(named: "process-events") { watch(descriptor) }
    } onGracefulShutdown: {
      mailbox.post { $0.stop = true }
    }
  }

  private func watch(_ descriptor: Int32) {
    var nextScan: Int64 = 0
    var nextRestoration: Int64 = 0
    var fullTold = -Self.fullPause
    var losses = LossReport(log: log)
    while mailbox.take()?.stop != true {
      tracker.drain()
      let now = Moment.now.sinceBoot
      var next: Int64? = tracker.lookAgain() ? now : nil
      if tracker.needsRestoration {
        if now >= nextRestoration {
          tracker.restoreEvents()
          nextRestoration = now + Self.restorationPause
        }
        next = earlier(next, nextRestoration)
      }
      if let reason = tracker.needsScan {
        if now >= nextScan {
          if tracker.scan() {
            // That events come again is told elsewhere.
            losses.scanned(tracker.statistics.losses, isTold: reason == .start)
            if reason == .full, now - fullTold >= Self.fullPause {
              log.warning("there was no room for all processes; all were looked at anew")
              fullTold = now
            }
          }
          let end = Moment.now.sinceBoot
          nextScan = end + max(100, (end - now) * Self.scanShare)
        }
        next = earlier(next, nextScan)
      }
      next = earlier(next, losses.update(tracker.statistics.losses, at: now))
      let timeout = next.map { Int32(clamping: max(0, $0 - Moment.now.sinceBoot) + 1) } ?? -1
      mailbox.wait(for: descriptor, milliseconds: timeout)
    }
    losses.end(tracker.statistics.losses)
  }
}

/// Reports losses of process events: once all processes have been looked at since, or, where more are lost all the time, after a while.
private struct LossReport {
  let log: Logger
  private var reported: UInt64 = 0
  /// When the first loss was seen that has not been reported, in milliseconds since boot.
  private var pendingSince: Int64?

  /// Milliseconds that a loss may stay unreported.
  private static let pause: Int64 = 1000

  init(log: Logger) { self.log = log }

  /// All processes have been looked at since the last of so many losses.
  mutating func scanned(_ losses: UInt64, isTold: Bool) {
    if isTold { reported = losses }
    report(losses, "process events were lost; all processes were looked at anew")
  }

  /// When to call it again, if nothing happens until then.
  mutating func update(_ losses: UInt64, at now: Int64) -> Int64? {
    guard losses > reported else { return nil }
    let since = pendingSince ?? now
    pendingSince = since
    guard now - since >= Self.pause else { return since + Self.pause }
    report(losses, "process events were lost, and more may be: short-lived processes may be unresolved")
    return nil
  }

  mutating func end(_ losses: UInt64) { report(losses, "process events were lost before the end") }

  private mutating func report(_ losses: UInt64, _ message: Logger.Message) {
    if losses > reported { log.tell(.loss, message, ["count": "\(losses - reported)"]) }
    reported = losses
    pendingSince = nil
  }
}
