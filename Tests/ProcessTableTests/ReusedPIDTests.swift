import Cgroups
import ProcFS
import Testing

/// Processes whose ID another one has right after their end.
@Suite struct ReusedPIDTests {
  @Test(
    "A child of a process is not the next one's with its parent's ID, which was found before the fork was reported"
  )
  func parentFoundEarly() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db])
    fixture.fork(10, from: 5)
    fixture.time += 2000 * ProcessTableFixture.millisecond
    // Start times are in hundredths of a second: the next one seems to be there already as the first one makes a child.
    let next = ProcessReading(
      owner: ProcessTableFixture.db, began: fixture.time - 5 * ProcessTableFixture.millisecond, parent: 6,
      threads: 1,
      asked: fixture.time...fixture.time)
    fixture.table.found(next, of: 10)
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 1) == .unresolved(.moved))
  }

  @Test("A record of one of two processes, one of which may be in a container, is not known by its ID alone")
  func nextMayBeMoved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime, 6: .host(unit: nil)])
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.fork(10, from: 6)
    fixture.exit(10)
    // Nothing is read of the next one, nor of its parent.
    fixture.owners[5] = nil
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.exit, 10)
    let window = fixture.time - 4 * ProcessTableFixture.millisecond...fixture.time
    #expect(fixture.table.answer(10, made: window) == .unresolved(.reused))
  }

  @Test("A container's process makes no starter of the one that had its parent's ID before")
  func starterBefore() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.exit(10)
    // Start times are in hundredths of a second: it seems to have begun before that.
    let child = ProcessReading(
      owner: ProcessTableFixture.web, began: fixture.time - 5 * ProcessTableFixture.millisecond, parent: 10,
      threads: 1,
      asked: fixture.time...fixture.time)
    fixture.table.found(child, of: 11)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 12)
    fixture.report(.exit, 12)
    #expect(fixture.record(of: 12, before: 1) == .inherited(ProcessTableFixture.sshd))
  }

  @Test(
    "The end of a process that is reported after the next one with its ID was found does not end that one")
  func endBeforeFound() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd, 6: ProcessTableFixture.web])
    fixture.fork(10, from: 5)
    fixture.time += 100 * ProcessTableFixture.millisecond
    let last = fixture.time
    let began = last + 10 * ProcessTableFixture.millisecond
    let read = began + 5 * ProcessTableFixture.millisecond
    fixture.table.found(
      ProcessReading(owner: ProcessTableFixture.web, began: began, parent: 6, threads: 1, asked: read...read),
      of: 10)
    fixture.report(.exit, 10)
    fixture.time = began + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 6), 10, after: 20)
    #expect(fixture.table.answer(10, made: last...last) == .inherited(ProcessTableFixture.sshd))
    #expect(fixture.table.answer(10, made: fixture.time...fixture.time) == .owner(ProcessTableFixture.web))
  }

  @Test("A process whose ID another one has is over, whatever threads it had, and is forgotten")
  func threadsOver() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 10: ProcessTableFixture.db])
    fixture.threads[10] = 2
    fixture.report(.exit, 10)
    fixture.threads[10] = 1
    fixture.fork(10, from: 5)
    fixture.exit(10)
    fixture.table.forget(endedBefore: fixture.time + 1)
    #expect(fixture.table.count == 1)
  }

  @Test(
    "A process that was in another unit than its parent's is not in that one, though it is read of the next one with its ID"
  )
  func unitOfNext() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    let session = ProcessOwner.host(unit: "session-1.scope")
    fixture.fork(10, from: 5)
    fixture.report(.exec, 10)
    fixture.owners[10] = session
    fixture.time += ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .owner(session))
    let read = fixture.time + 2 * ProcessTableFixture.millisecond
    fixture.table.found(ProcessReading(owner: ProcessTableFixture.sshd, asked: read...read), of: 10)
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .inherited(.host(unit: nil)))
  }

  @Test("What a process executed says whose it is, also if it is read once more after its end")
  func executedAndReadAgain() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let began = fixture.time
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10, after: 5)
    let read = fixture.time + 2 * ProcessTableFixture.millisecond
    fixture.table.found(
      ProcessReading(owner: ProcessTableFixture.web, began: began, parent: 5, threads: 1, asked: read...read),
      of: 10)
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .exited(ProcessTableFixture.web))
  }

  @Test("What a process executed, and was read of late, says nothing of it if it had ended by then")
  func executedAndEnded() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd, 6: ProcessTableFixture.db])
    fixture.fork(10, from: 5)
    // Its ID is another's when its exec is applied.
    fixture.owners[10] = ProcessTableFixture.db
    fixture.report(.exec, 10, after: 5)
    fixture.time -= 5 * ProcessTableFixture.millisecond
    fixture.report(.exit, 10)
    #expect(fixture.record(of: 10, before: 1) == .unresolved(.moved))
  }
}
