import Testing
import EnrichedLog

@Test func placeholder() { #expect(Bool(true)) }
