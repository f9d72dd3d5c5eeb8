import Testing
import EnricherService

@Test func placeholder() { #expect(Bool(true)) }
