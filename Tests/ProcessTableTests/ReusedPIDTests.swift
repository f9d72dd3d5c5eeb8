import Cgroups
import ProcFS
import Testing

/// Processes whose PID belongs to another one right after their end.
@Suite struct ReusedPIDTests {
  @Test(
    "A child does not belong to the next process with its parent's PID, even if that was found before the fork was reported"
  )
  func parentFoundEarly() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db])
    fixture.fork(10, from: 5)
    fixture.time += 2000 * ProcessTableFixture.millisecond
    // Start times are in hundredths of a second, so the next process seems to exist already when the first one creates a child.
    let next = ProcessReading(
      owner: ProcessTableFixture.db, began: fixture.time - 5 * ProcessTableFixture.millisecond, parent: 6,
      threads: 1,
      asked: fixture.time...fixture.time)
    fixture.table.apply(next, of: 10)
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 1) == .unresolved(.moved))
  }

  @Test(
    "A record of one of two processes with the same PID is unresolved if one of them may be in a container")
  func nextMayBeMoved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime, 6: .host(unit: nil)])
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.fork(10, from: 6)
    fixture.exit(10)
    // Neither the next process nor its parent can be read.
    fixture.owners[5] = nil
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.exit, 10)
    let window = fixture.time - 4 * ProcessTableFixture.millisecond...fixture.time
    #expect(fixture.table.answer(10, made: window) == .unresolved(.reused))
  }

  @Test(
    "A container's process does not mark the previous process with its parent's PID as one that starts containers"
  )
  func starterBefore() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.exit(10)
    // Start times are in hundredths of a second, so the child seems to have begun before that.
    let child = ProcessReading(
      owner: ProcessTableFixture.web, began: fixture.time - 5 * ProcessTableFixture.millisecond, parent: 10,
      threads: 1,
      asked: fixture.time...fixture.time)
    fixture.table.apply(child, of: 11)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 12)
    fixture.report(.exit, 12)
    #expect(fixture.record(of: 12, before: 1) == .inherited(ProcessTableFixture.sshd))
  }

  @Test(
    "An exit that is reported after the next process with the PID was found does not end that process")
  func endBeforeFound() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd, 6: ProcessTableFixture.web])
    fixture.fork(10, from: 5)
    fixture.time += 100 * ProcessTableFixture.millisecond
    let last = fixture.time
    let began = last + 10 * ProcessTableFixture.millisecond
    let read = began + 5 * ProcessTableFixture.millisecond
    fixture.table.apply(
      ProcessReading(owner: ProcessTableFixture.web, began: began, parent: 6, threads: 1, asked: read...read),
      of: 10)
    fixture.report(.exit, 10)
    fixture.time = began + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 6), 10, after: 20)
    #expect(fixture.table.answer(10, made: last...last) == .inherited(ProcessTableFixture.sshd))
    #expect(fixture.table.answer(10, made: fixture.time...fixture.time) == .owner(ProcessTableFixture.web))
  }

  @Test("A process whose PID belongs to another one has ended, whatever threads it had, and is forgotten")
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
    "A process that was in another unit than its parent is not attributed to the parent's unit if that is read for the next process with its PID"
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
    fixture.table.apply(ProcessReading(owner: ProcessTableFixture.sshd, asked: read...read), of: 10)
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .inherited(.host(unit: nil)))
  }

  @Test("An owner that was read for an exec is kept, even if /proc is read again after the process's end")
  func executedAndReadAgain() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let began = fixture.time
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10, after: 5)
    let read = fixture.time + 2 * ProcessTableFixture.millisecond
    fixture.table.apply(
      ProcessReading(owner: ProcessTableFixture.web, began: began, parent: 5, threads: 1, asked: read...read),
      of: 10)
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .exited(ProcessTableFixture.web))
  }

  @Test("An owner that was read late for an exec is discarded if the process had ended by then")
  func executedAndEnded() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd, 6: ProcessTableFixture.db])
    fixture.fork(10, from: 5)
    // Its PID belongs to another process when its exec event is applied.
    fixture.owners[10] = ProcessTableFixture.db
    fixture.report(.exec, 10, after: 5)
    fixture.time -= 5 * ProcessTableFixture.millisecond
    fixture.report(.exit, 10)
    #expect(fixture.record(of: 10, before: 1) == .unresolved(.moved))
  }

  @Test(
    "A reading that had ended before a process's fork is not of that process, however soon it began after the one that was read"
  )
  func readBeforeFork() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.scan { fixture in
      fixture.exit(10)
      fixture.report(.fork(parent: 6), 10)
    }
    #expect(fixture.record(of: 10) == .inherited(ProcessTableFixture.sshd))
  }
}
