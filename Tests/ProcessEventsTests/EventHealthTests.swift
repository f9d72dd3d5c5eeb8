import ProcessEvents
import Testing

struct EventHealthTests {
  private let start: Int64 = 1_000_000_000_000

  @Test func proofIsWantedWhenNoEventHasEverCome() {
    #expect(EventHealth().needsProbe(at: start))
  }

  @Test func anEventIsProofForAsLongAsSilenceMayLast() {
    var health = EventHealth()
    #expect(health.received(at: start) == nil)
    #expect(!health.needsProbe(at: start))
    #expect(!health.needsProbe(at: start + EventHealth.silence))
    #expect(health.needsProbe(at: start + EventHealth.silence + 1))
    #expect(health.received(at: start + EventHealth.silence) == nil)
    #expect(!health.needsProbe(at: start + EventHealth.silence + 1))
  }

  @Test func anEventProvesWhatWasBeforeItAndNotWhatIsLater() {
    var health = EventHealth()
    #expect(!health.hasReceived(since: .min))
    _ = health.received(at: start)
    #expect(health.hasReceived(since: start))
    #expect(!health.hasReceived(since: start + 1))
  }

  @Test func anOlderEventThatComesLateTakesNothingBack() {
    var health = EventHealth()
    _ = health.received(at: start)
    _ = health.received(at: start - 1)
    #expect(health.last == start)
  }

  @Test func noProofIsWantedOfEventsThatAreKnownNotToCome() {
    var health = EventHealth()
    _ = health.received(at: start)
    #expect(health.streamLost("another switched them off") == .streamLost)
    #expect(health.unavailable == "another switched them off")
    #expect(!health.needsProbe(at: start + 1000 * EventHealth.silence))
    #expect(!EventHealth(unavailable: "not asked for").needsProbe(at: start))
  }

  @Test func theFirstEventAfterSilenceIsToldOnce() {
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

  @Test func eventsMayBeMissingWhereNoneCameBeforeTheyWereSwitched() {
    #expect(!EventHealth().mayHaveMissed(after: EventHealth.silence))
    #expect(EventHealth().mayHaveMissed(after: EventHealth.silence + 1))
    // If no events are expected, none can be missing.
    #expect(!EventHealth(unavailable: "not asked for").mayHaveMissed(after: EventHealth.silence + 1))
  }
}
