import Testing
import ContainerRuntime

@Test func placeholder() { #expect(Bool(true)) }
