/// When process events are drained. If many events arrive, they are drained in batches, because each wake-up costs more than an
/// event, both here and in the process that caused it.
///
/// This is a value that does no I/O. All times are milliseconds since boot.
package struct DrainSchedule {
  /// How long events may wait. nil if each event is worth a wake-up, because nothing else would report that a container may be
  /// starting, or because the buffer would not hold the events that arrive meanwhile.
  package let period: Int64?
  /// Whether each event is worth a wake-up now: a process is about to be moved into a container, or a scan is pending.
  package var isUrgent = false {
    didSet { if isUrgent { due = nil } }
  }
  /// Until when each event is worth a wake-up after the starters socket received a fork, which may arrive at the first socket a moment
  /// later.
  private var urgentUntil: Int64 = .min
  /// When to drain even if nothing more arrives; nil to wait for the next event.
  private var due: Int64?
  /// How many single events may still cause a wake-up. If few processes are created, each is looked up while it runs.
  private var spareWakeups = Self.maxSpareWakeups
  private var sparedAt: Int64 = .min

  package static let maxPeriod: Int64 = 20
  package static let maxSpareWakeups: Int64 = 32
  /// After this time one more wake-up is available.
  package static let spareTime: Int64 = 100
  /// How long each event is worth a wake-up after the starters socket received a fork.
  package static let urgentTime: Int64 = 3
  /// The minimum number of events in one drain after which the next event is not worth a wake-up.
  private static let busyCount: UInt64 = 4
  /// The minimum number of events in one drain after which not even a spare wake-up is used: it would help to attribute only a few.
  package static let crowdedCount: UInt64 = 16
  /// The maximum number of events that a kernel creates in a millisecond.
  private static let maxRate: Int64 = 1000

  /// `capacity` is the number of events that fit into the socket's buffer, of which at most half may wait. `hasStartersSocket`: whether
  /// there is a `StartersSocket`, which shows that a container may be starting.
  package init(capacity: Int, hasStartersSocket: Bool) {
    let time = min(Self.maxPeriod, Int64(capacity) / 2 / Self.maxRate)
    period = hasStartersSocket && time > 0 ? time : nil
  }

  /// The schedule for the events that this tracker receives.
  package init(of tracker: ProcessTracker) {
    self.init(capacity: tracker.capacity, hasStartersSocket: tracker.startersSocket != nil)
  }

  /// Whether to drain now, whatever woke the thread.
  package func isDue(at now: Int64) -> Bool { due.map { now >= $0 } ?? true }

  /// Notes that `count` events were drained, beginning at `began`.
  package mutating func drained(_ count: UInt64, at began: Int64) {
    due = nil
    guard let period, count >= Self.busyCount, !isPrompt(at: began),
      count >= Self.crowdedCount || !hasSpareWakeup(at: began)
    else { return }
    due = began + period
  }

  /// Whether to wait for events, and the end of the wait; nil is for no end. `other`: when other work is due.
  package func wait(until other: Int64?) -> (forEvents: Bool, until: Int64?) {
    (due == nil, [due, other].compactMap { $0 }.min())
  }

  /// Notes that events have arrived, or that the starters socket has received a fork.
  package mutating func woken(byEvents hasEvents: Bool, byStarters: Bool, at now: Int64) {
    if byStarters {
      urgentUntil = now + Self.urgentTime
      due = nil
    } else if hasEvents, due == nil, let period, !isPrompt(at: now) {
      if hasSpareWakeup(at: now) { spareWakeups -= 1 } else { due = now + period }
    }
  }

  private func isPrompt(at now: Int64) -> Bool { isUrgent || now < urgentUntil }

  private mutating func hasSpareWakeup(at now: Int64) -> Bool {
    if sparedAt == .min { sparedAt = now }
    let earned = (now - sparedAt) / Self.spareTime
    spareWakeups = min(Self.maxSpareWakeups, spareWakeups + earned)
    sparedAt += earned * Self.spareTime
    return spareWakeups > 0
  }
}
