import Testing
import SyscallNames

@Test func placeholder() { #expect(Bool(true)) }
