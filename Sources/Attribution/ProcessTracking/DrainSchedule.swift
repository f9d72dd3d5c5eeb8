/// When process events are drained: many at a time where many come, for each wake-up costs more than an event does, both here and in the
/// process that caused it.
///
/// A value that does no I/O. All times are milliseconds since boot.
package struct DrainSchedule {
  /// How long events may wait; nil where each is worth a wake-up: nothing else would report that a container may be starting, or the
  /// buffer would not hold what arrives meanwhile.
  package let period: Int64?
  /// Whether each event is worth a wake-up now: a process is about to be moved into a container, or some are still to be found.
  package var isUrgent = false {
    didSet { if isUrgent { due = nil } }
  }
  /// Until when each event is worth one, after the alarm: what it reported may arrive a moment later.
  private var urgentUntil: Int64 = .min
  /// When to drain although nothing more arrives; nil to wait for the next event.
  private var due: Int64?
  /// So many single events may still be woken for: where few processes are made, each is looked up while it runs.
  private var spareWakeups = Self.maxSpareWakeups
  private var sparedAt: Int64 = .min

  package static let maxPeriod: Int64 = 20
  package static let maxSpareWakeups: Int64 = 32
  /// After so long there is one more.
  package static let spareTime: Int64 = 100
  /// How long after the alarm.
  package static let alarmTime: Int64 = 3
  /// The least events of one drain after which the next one is not worth a wake-up.
  private static let busyCount: UInt64 = 4
  /// The least events of one drain after which not even a spare wake-up is used: it would name few of so many.
  package static let crowdedCount: UInt64 = 16
  /// The most events that a kernel makes in a millisecond.
  private static let maxRate: Int64 = 1000

  /// `capacity`: events that may wait in the socket's buffer, of which at most half are to wait. `hasAlarm`: whether something reports that a
  /// container may be starting.
  package init(capacity: Int, hasAlarm: Bool) {
    let time = min(Self.maxPeriod, Int64(capacity) / 2 / Self.maxRate)
    period = hasAlarm && time > 0 ? time : nil
  }

  /// For the events that this tracker receives.
  package init(of tracker: ProcessTracker) {
    self.init(capacity: tracker.capacity, hasAlarm: tracker.alarm != nil)
  }

  /// Whether to drain now, whatever has woken the thread.
  package func isDue(at now: Int64) -> Bool { due.map { now >= $0 } ?? true }

  /// So many events were drained, from that time on.
  package mutating func drained(_ count: UInt64, at began: Int64) {
    due = nil
    guard let period, count >= Self.busyCount, !isPrompt(at: began),
      count >= Self.crowdedCount || !hasSpareWakeup(at: began)
    else { return }
    due = began + period
  }

  /// Whether to wait for events, and until when at most: nil is for ever. `other`: when there is something else to do.
  package func wait(until other: Int64?) -> (forEvents: Bool, until: Int64?) {
    (due == nil, [due, other].compactMap { $0 }.min())
  }

  /// Events have arrived, or the alarm has reported something.
  package mutating func woken(byEvents hasEvents: Bool, byAlarm: Bool, at now: Int64) {
    if byAlarm {
      urgentUntil = now + Self.alarmTime
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
