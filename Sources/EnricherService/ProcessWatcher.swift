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
    try await OwnThread.run(named: "process-events", mailbox) { watch(descriptor) }
  }

  private func watch(_ descriptor: Int32) {
    var nextScan: Int64 = 0
    var losses = ReportLimit(most: 10)
    // Where as many processes run, that goes on.
    var full = ReportLimit()
    var fullCount: UInt64 = 0
    while mailbox.take()?.stop != true {
      tracker.drain()
      var timeout: Int32 = tracker.lookAgain() ? 1 : -1
      if let reason = tracker.needsScan {
        let now = Moment.now.sinceBoot
        if now >= nextScan {
          if tracker.scan() {
            // That events come again is told elsewhere.
            if reason == .start {
              losses.skip(to: tracker.statistics.losses)
            } else if let count = losses.due(of: tracker.statistics.losses, at: now) {
              log.tell(
                .loss, "process events were lost; all processes were looked at anew", ["count": "\(count)"])
            }
            if reason == .full { fullCount += 1 }
            if full.due(of: fullCount, at: now) != nil {
              log.warning("there was no room for all processes; all were looked at anew")
            }
          }
          let end = Moment.now.sinceBoot
          nextScan = end + max(100, (end - now) * Self.scanShare)
        }
        let scan = Int32(clamping: max(0, nextScan - Moment.now.sinceBoot) + 1)
        timeout = timeout < 0 ? scan : min(timeout, scan)
      }
      mailbox.wait(for: descriptor, milliseconds: timeout)
    }
  }
}
