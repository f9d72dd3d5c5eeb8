import ProcessTracking
import Testing

@Suite struct DrainScheduleTests {
  private var schedule = DrainSchedule(capacity: 161_000, hasStartersSocket: true)

  /// Uses up all spare wake-ups, as on a machine that has created many events for a while.
  private mutating func exhaust(at now: Int64) {
    for _ in 0...DrainSchedule.maxSpareWakeups { schedule.woken(byEvents: true, byStarters: false, at: now) }
    schedule.drained(0, at: now)
  }

  @Test("If few events arrive, each is drained at once")
  mutating func few() {
    for now in stride(from: 1000 as Int64, to: 100_000, by: Int(DrainSchedule.spareTime)) {
      #expect(schedule.wait(until: nil) == (true, nil))
      schedule.woken(byEvents: true, byStarters: false, at: now)
      #expect(schedule.isDue(at: now))
      schedule.drained(3, at: now)
    }
  }

  @Test("If more events arrive, they wait for 20 ms, and cause no wake-up meanwhile")
  mutating func many() {
    exhaust(at: 1000)
    #expect(schedule.wait(until: nil) == (true, nil))
    schedule.woken(byEvents: true, byStarters: false, at: 1001)
    #expect(!schedule.isDue(at: 1001) && !schedule.isDue(at: 1020) && schedule.isDue(at: 1021))
    #expect(schedule.wait(until: nil) == (false, 1021))
    #expect(schedule.wait(until: 1005) == (false, 1005))
    // A message or a due report wakes the thread.
    schedule.woken(byEvents: false, byStarters: false, at: 1005)
    #expect(schedule.wait(until: nil) == (false, 1021))
    schedule.drained(100, at: 1021)
    #expect(schedule.wait(until: nil) == (false, 1041))
    // Nothing more arrives, so the thread waits without a timeout.
    schedule.drained(0, at: 1041)
    #expect(schedule.wait(until: nil) == (true, nil))
  }

  @Test("A spare wake-up is used for few events, not for one of many")
  mutating func crowded() {
    schedule.woken(byEvents: true, byStarters: false, at: 1000)
    schedule.drained(DrainSchedule.crowdedCount - 1, at: 1000)
    #expect(schedule.wait(until: nil) == (true, nil))
    schedule.woken(byEvents: true, byStarters: false, at: 1001)
    schedule.drained(DrainSchedule.crowdedCount, at: 1001)
    #expect(schedule.wait(until: nil) == (false, 1021))
  }

  @Test("If draining takes longer than events may wait, the next drain follows at once")
  mutating func slow() {
    exhaust(at: 1000)
    schedule.drained(50_000, at: 1010)
    #expect(schedule.isDue(at: 1040))
  }

  @Test("After the starters socket has received a fork, events are drained at once, and for a moment longer")
  mutating func startersSocket() {
    exhaust(at: 1000)
    schedule.drained(100, at: 1001)
    schedule.woken(byEvents: false, byStarters: true, at: 1005)
    #expect(schedule.isDue(at: 1005))
    schedule.drained(100, at: 1005)
    #expect(schedule.wait(until: nil) == (true, nil))
    schedule.woken(byEvents: true, byStarters: false, at: 1006)
    #expect(schedule.isDue(at: 1006))
    schedule.drained(100, at: 1005 + DrainSchedule.urgentTime)
    #expect(schedule.wait(until: nil) == (false, 1005 + DrainSchedule.urgentTime + DrainSchedule.maxPeriod))
  }

  @Test("While a process is about to be moved into a container, each event is drained at once")
  mutating func urgent() {
    exhaust(at: 1000)
    schedule.drained(100, at: 1001)
    schedule.isUrgent = true
    for now in 1002...1010 as ClosedRange<Int64> {
      #expect(schedule.isDue(at: now) && schedule.wait(until: nil) == (true, nil))
      schedule.woken(byEvents: true, byStarters: false, at: now)
      schedule.drained(100, at: now)
    }
    schedule.isUrgent = false
    schedule.drained(100, at: 1011)
    #expect(schedule.wait(until: nil) == (false, 1031))
  }

  @Test(
    "Events never wait without a starters socket, or if the buffer is less than twice what may arrive",
    arguments: [
      (161_000, true, 20), (40_000, true, 20), (20_000, true, 10), (2000, true, 1), (1999, true, nil),
      (256, true, nil), (161_000, false, nil),
    ] as [(Int, Bool, Int64?)])
  func period(capacity: Int, hasStartersSocket: Bool, period: Int64?) {
    var schedule = DrainSchedule(capacity: capacity, hasStartersSocket: hasStartersSocket)
    #expect(schedule.period == period)
    guard period == nil else { return }
    for now in 1000...1100 as ClosedRange<Int64> {
      schedule.woken(byEvents: true, byStarters: false, at: now)
      #expect(schedule.isDue(at: now))
      schedule.drained(100, at: now)
      #expect(schedule.wait(until: nil) == (true, nil))
    }
  }
}
