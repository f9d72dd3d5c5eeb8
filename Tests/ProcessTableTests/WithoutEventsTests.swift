import Testing

/// A table without events.
@Suite struct WithoutEventsTests {
  @Test(
    "Without events, a container's process is remembered for one second after its start"
  )
  func remembered() {
    var fixture = ProcessTableFixture(hasEventStream: false)
    fixture.owners = [7: ProcessTableFixture.web, 8: ProcessTableFixture.web, 9: ProcessTableFixture.sshd]
    fixture.starts = [
      7: fixture.time - 100 * ProcessTableFixture.millisecond,
      9: fixture.time - 100 * ProcessTableFixture.millisecond,
    ]
    #expect(fixture.record(of: 7) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 8) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 9) == .owner(ProcessTableFixture.sshd))
    fixture.owners = [:]
    fixture.time += 800 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 7) == .exited(ProcessTableFixture.web))
    // Its start time is unknown, so the next process of its PID may have followed right after it.
    #expect(fixture.record(of: 8) == .unresolved(.exited))
    // A host process may have been moved into a container.
    #expect(fixture.record(of: 9) == .unresolved(.exited))
    // The record may have been made after that second.
    let window = fixture.time...fixture.time + 200 * ProcessTableFixture.millisecond
    #expect(fixture.table.answer(7, made: window) == .unresolved(.exited))
    fixture.time += 200 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 7) == .unresolved(.exited))
  }

  @Test("Without events, a record from before a process's start is not attributed to that process")
  func reusedWithoutEvents() {
    var fixture = ProcessTableFixture(hasEventStream: false)
    fixture.owners[8] = ProcessTableFixture.web
    #expect(fixture.record(of: 8) == .owner(ProcessTableFixture.web))
    // Its PID belongs to another process now, and a record of it is still to be read.
    fixture.time += 5 * ProcessTableFixture.millisecond
    fixture.owners[8] = ProcessTableFixture.db
    fixture.starts[8] = fixture.time
    #expect(fixture.record(of: 8, before: 3) == .unresolved(.reused))
    #expect(fixture.record(of: 8) == .unresolved(.reused))
    fixture.owners[9] = ProcessTableFixture.db
    fixture.starts[9] = fixture.time
    #expect(fixture.record(of: 9, before: 3) == .unresolved(.reused))
    fixture.time += 200 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 8) == .owner(ProcessTableFixture.db))
  }
}
