import Testing
import ProcessTable

@Test func placeholder() { #expect(Bool(true)) }
