import Testing
import AuditRecord

@Test func placeholder() { #expect(Bool(true)) }
