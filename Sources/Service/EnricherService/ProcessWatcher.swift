internal import Enrichment
internal import Glibc
internal import LinuxSystem
internal import Logging
internal import ProcessTracking
internal import ServiceLifecycle
internal import ServiceLog

/// Reads process events on its own thread, independently of the records. It reads them at once while a container may be
/// starting, because its process must be looked up while it runs; otherwise it reads many at a time, see `DrainSchedule`.
struct ProcessWatcher: Service {
  private let tracker: ProcessTracker
  private let log: Logger
  private let threadInbox: ThreadInbox

  /// Scans of all of /proc use at most one part in this many of the time.
  private static let scanShare: Int64 = 10

  /// Milliseconds between two attempts to switch events on again after another program switched them off.
  private static let restorationPause: Int64 = 1000

  /// `threadInbox` is where the tracker wakes the watcher's thread.
  init(tracker: ProcessTracker, threadInbox: ThreadInbox, log: Logger) {
    self.tracker = tracker
    self.threadInbox = threadInbox
    self.log = log
  }

  /// The inbox that the watchdog pings; nil if no events are received, because then there is no thread.
  var watched: ThreadInbox? { tracker.descriptor == nil ? nil : threadInbox }

  func run() async throws {
    guard let descriptor = tracker.descriptor else { return try await gracefulShutdown() }
    try await OwnThread.run(named: "process-events", threadInbox) { watch(descriptor) }
  }

  private func watch(_ descriptor: Int32) {
    var nextScan: Int64 = 0
    var nextRestoration: Int64 = 0
    var losses = EventLossReport(log: log)
    // The table stays full while that many processes run, so the reports are limited.
    var full = ReportLimit()
    var fullCount: UInt64 = 0
    var schedule = DrainSchedule(of: tracker)
    while threadInbox.receive()?.stop != true {
      let now = ClockReading.now.sinceBoot
      if schedule.isDue(at: now) { schedule.drained(tracker.drain(), at: now) }
      var next: Int64? = tracker.recheck() ? now : nil
      schedule.isUrgent = next != nil || tracker.scanReason != nil
      if tracker.needsRestoration {
        if now >= nextRestoration {
          tracker.restoreEvents()
          nextRestoration = now + Self.restorationPause
        }
        next = earlier(next, nextRestoration)
      }
      if let reason = tracker.scanReason {
        if now >= nextScan {
          if tracker.scan() {
            // The return of the events is reported elsewhere.
            if reason == .start {
              losses.skip(to: tracker.statistics.losses)
            } else {
              losses.scanned(tracker.statistics.losses, at: now)
            }
            if reason == .full { fullCount += 1 }
            if full.due(of: fullCount, at: now) != nil {
              log.warning("the process table was full; all processes were read again")
            }
          }
          let end = ClockReading.now.sinceBoot
          nextScan = end + max(100, (end - now) * Self.scanShare)
        }
        next = earlier(next, nextScan)
      }
      next = earlier(next, losses.update(tracker.statistics.losses, at: now))
      let wait = schedule.wait(until: next)
      let timeout = wait.until.map { Int32(clamping: max(0, $0 - ClockReading.now.sinceBoot) + 1) } ?? -1
      let arrived = threadInbox.wait(
        for: wait.forEvents ? descriptor : nil, or: tracker.startersSocket, milliseconds: timeout)
      if arrived.second { tracker.drainStartersSocket() }
      schedule.woken(byEvents: arrived.first, byStarters: arrived.second, at: ClockReading.now.sinceBoot)
    }
    losses.end(tracker.statistics.losses, at: ClockReading.now.sinceBoot)
  }
}
