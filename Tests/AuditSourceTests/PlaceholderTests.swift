import Testing
import AuditSource

@Test func placeholder() { #expect(Bool(true)) }
