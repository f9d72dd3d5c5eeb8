internal import Enrichment
internal import Glibc
internal import LinuxSystem
internal import Logging
internal import ProcessTracking
internal import ServiceLifecycle
internal import ServiceLog

/// Reads process events on a thread of its own, whatever the records do: at once while a container may be starting, for its process must
/// be looked up while it runs, else many at a time, see `DrainSchedule`.
struct ProcessWatcher: Service {
  private let tracker: ProcessTracker
  private let log: Logger
  private let threadInbox: ThreadInbox

  /// How much of the time, at most, goes into looking through all of /proc: one part in so many.
  private static let scanShare: Int64 = 10

  /// Milliseconds between two attempts to switch events on that another program has switched off.
  private static let restorationPause: Int64 = 1000

  /// `threadInbox` is where the tracker wakes its thread.
  init(tracker: ProcessTracker, threadInbox: ThreadInbox, log: Logger) {
    self.tracker = tracker
    self.threadInbox = threadInbox
    self.log = log
  }

  /// Where its thread takes a sign of life from; nil if there is none, for no events come.
  var watched: ThreadInbox? { tracker.descriptor == nil ? nil : threadInbox }

  func run() async throws {
    guard let descriptor = tracker.descriptor else { return try await gracefulShutdown() }
    try await OwnThread.run(named: "process-events", threadInbox) { watch(descriptor) }
  }

  private func watch(_ descriptor: Int32) {
    var nextScan: Int64 = 0
    var nextRestoration: Int64 = 0
    var losses = EventLossReport(log: log)
    // Where as many processes run, that goes on.
    var full = ReportLimit()
    var fullCount: UInt64 = 0
    var schedule = DrainSchedule(of: tracker)
    while threadInbox.take()?.stop != true {
      let now = ClockReading.now.sinceBoot
      if schedule.isDue(at: now) { schedule.drained(tracker.drain(), at: now) }
      var next: Int64? = tracker.recheck() ? now : nil
      schedule.isUrgent = next != nil || tracker.needsScan != nil
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
            if reason == .start {
              losses.skip(to: tracker.statistics.losses)
            } else {
              losses.scanned(tracker.statistics.losses, at: now)
            }
            if reason == .full { fullCount += 1 }
            if full.due(of: fullCount, at: now) != nil {
              log.warning("there was no room for all processes; all were looked at anew")
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
        for: wait.forEvents ? descriptor : nil, or: tracker.alarm, milliseconds: timeout)
      if arrived.second { tracker.silenceAlarm() }
      schedule.woken(byEvents: arrived.first, byAlarm: arrived.second, at: ClockReading.now.sinceBoot)
    }
    losses.end(tracker.statistics.losses, at: ClockReading.now.sinceBoot)
  }
}
