import ProcessEvents
import Testing

struct EventHealthTests {
  private let start: Int64 = 1_000_000_000_000

  @Test func proofIsWantedWhenNoEventHasEverCome() {
    #expect(EventHealth().needsProof(at: start))
  }

  @Test func anEventIsProofForAsLongAsSilenceMayLast() {
    var health = EventHealth()
    #expect(health.heard(at: start) == nil)
    #expect(!health.needsProof(at: start))
    #expect(!health.needsProof(at: start + EventHealth.silence))
    #expect(health.needsProof(at: start + EventHealth.silence + 1))
    #expect(health.heard(at: start + EventHealth.silence) == nil)
    #expect(!health.needsProof(at: start + EventHealth.silence + 1))
  }

  @Test func anEventProvesWhatWasBeforeItAndNotWhatIsLater() {
    var health = EventHealth()
    #expect(!health.isHeard(since: .min))
    _ = health.heard(at: start)
    #expect(health.isHeard(since: start))
    #expect(!health.isHeard(since: start + 1))
  }

  @Test func anOlderEventThatComesLateTakesNothingBack() {
    var health = EventHealth()
    _ = health.heard(at: start)
    _ = health.heard(at: start - 1)
    #expect(health.last == start)
  }

  @Test func noProofIsWantedOfEventsThatAreKnownNotToCome() {
    var health = EventHealth()
    _ = health.heard(at: start)
    #expect(health.fellSilent("another switched them off") == .fellSilent)
    #expect(health.unavailable == "another switched them off")
    #expect(!health.needsProof(at: start + 1000 * EventHealth.silence))
    #expect(!EventHealth(unavailable: "not asked for").needsProof(at: start))
  }

  @Test func theFirstEventAfterSilenceIsToldOnce() {
    var health = EventHealth()
    _ = health.heard(at: start)
    _ = health.fellSilent("another switched them off")
    // It was made before they were switched off.
    #expect(health.heard(at: start) == nil)
    #expect(health.unavailable != nil)
    #expect(health.heard(at: start + 1) == .cameBack)
    #expect(health.unavailable == nil)
    #expect(health.heard(at: start + 2) == nil)
  }

  @Test func eventsMayBeMissingWhereNoneCameBeforeTheyWereSwitched() {
    #expect(!EventHealth().mayHaveMissed(after: EventHealth.silence))
    #expect(EventHealth().mayHaveMissed(after: EventHealth.silence + 1))
    // Then nothing is missing that was expected.
    #expect(!EventHealth(unavailable: "not asked for").mayHaveMissed(after: EventHealth.silence + 1))
  }
}
