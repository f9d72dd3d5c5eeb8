import EnricherService
import Testing

@Suite struct HeartbeatTests {
  private func counters(records: UInt64) -> Counters {
    var counters = Counters()
    counters.records = records
    return counters
  }

  @Test("It beats twice in the time that the watchdog waits, whether records come or not")
  func watchdog() {
    var heart = Heartbeat(watchdog: 30_000)
    #expect(heart.beat(counters(records: 0), at: 1000)?.hasPrefix("WATCHDOG=1\nSTATUS=") == true)
    #expect(heart.wait(at: 1000) == 15_000)
    #expect(heart.beat(counters(records: 0), at: 15_999) == nil)
    #expect(heart.wait(at: 15_999) == 1)
    #expect(heart.beat(counters(records: 0), at: 16_000) == "WATCHDOG=1")
    // Late, as after a long wait for the output.
    #expect(heart.wait(at: 99_000) == 0)
    #expect(heart.beat(counters(records: 0), at: 99_000) == "WATCHDOG=1")
    #expect(heart.wait(at: 99_000) == 15_000)
  }

  @Test("The status is told when it has changed, at most every five seconds, and wakes nobody otherwise")
  func status() {
    var heart = Heartbeat(watchdog: nil)
    #expect(heart.beat(counters(records: 0), at: 0) == "STATUS=0 records, 0 unresolved, 0 lost")
    #expect(heart.wait(at: 0) == nil)
    #expect(heart.beat(counters(records: 1), at: 10) == nil)
    #expect(heart.wait(at: 10) == 4990)
    #expect(heart.beat(counters(records: 2), at: 5000) == "STATUS=2 records, 0 unresolved, 0 lost")
    #expect(heart.wait(at: 5000) == nil)
    #expect(heart.beat(counters(records: 2), at: 20_000) == nil)
  }

  @Test("The shortest watchdog is beaten, too")
  func shortest() {
    var heart = Heartbeat(watchdog: 1)
    _ = heart.beat(counters(records: 0), at: 0)
    #expect(heart.wait(at: 0) == 1)
  }
}
