import ProcessEvents
import Testing

struct EventHealthTests {
  private let start: Int64 = 1_000_000_000_000

  @Test("A probe is needed until the first event")
  func firstEvent() {
    #expect(EventHealth().needsProbe(at: start))
  }

  @Test("After an event, no probe is needed for as long as events may be silent")
  func silence() {
    var health = EventHealth()
    #expect(health.received(at: start) == nil)
    #expect(!health.needsProbe(at: start))
    #expect(!health.needsProbe(at: start + EventHealth.maxQuietTime))
    #expect(health.needsProbe(at: start + EventHealth.maxQuietTime + 1))
    #expect(health.received(at: start + EventHealth.maxQuietTime) == nil)
    #expect(!health.needsProbe(at: start + EventHealth.maxQuietTime + 1))
  }

  @Test("An event proves that the stream was alive until its own time")
  func ownTime() {
    var health = EventHealth()
    #expect(!health.hasReceived(since: .min))
    _ = health.received(at: start)
    #expect(health.hasReceived(since: start))
    #expect(!health.hasReceived(since: start + 1))
  }

  @Test("An older event that arrives late does not change the time of the last event")
  func late() {
    var health = EventHealth()
    _ = health.received(at: start)
    _ = health.received(at: start - 1)
    #expect(health.last == start)
  }

  @Test("While events are known to be unavailable, no probe is needed")
  func unavailable() {
    var health = EventHealth()
    _ = health.received(at: start)
    #expect(health.streamLost("another switched them off") == .streamLost)
    #expect(health.unavailable == "another switched them off")
    #expect(!health.needsProbe(at: start + 1000 * EventHealth.maxQuietTime))
    #expect(!EventHealth(unavailable: "not requested").needsProbe(at: start))
  }

  @Test("The first event after a loss of the stream is reported once")
  func restored() {
    var health = EventHealth()
    _ = health.received(at: start)
    _ = health.streamLost("another switched them off")
    // This event was created before the events were switched off.
    #expect(health.received(at: start) == nil)
    #expect(health.unavailable != nil)
    #expect(health.received(at: start + 1) == .streamRestored)
    #expect(health.unavailable == nil)
    #expect(health.received(at: start + 2) == nil)
  }

  @Test("Events may have been missed if none arrived in the time before they were switched on")
  func missed() {
    #expect(!EventHealth().mayHaveMissed(after: EventHealth.maxQuietTime))
    #expect(EventHealth().mayHaveMissed(after: EventHealth.maxQuietTime + 1))
    // If no events are expected, none can be missing.
    #expect(!EventHealth(unavailable: "not requested").mayHaveMissed(after: EventHealth.maxQuietTime + 1))
  }
}
