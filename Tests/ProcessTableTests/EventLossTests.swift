import ProcFS
import Testing

/// Events that are missing, or arrive late.
@Suite struct EventLossTests {
  @Test("Events that waited while the service was down attribute processes that have ended since")
  func waited() {
    var fixture = ProcessTableFixture()
    fixture.owners[5] = ProcessTableFixture.web
    // A process from before the first event has the PID first.
    fixture.report(.exit, 10)
    let end = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.exit, 10)
    fixture.scan()
    #expect(fixture.record(of: 10, before: 1) == .inherited(ProcessTableFixture.web))
    #expect(fixture.table.answer(10, made: end - 1...end) == .unresolved(.exited))
  }

  @Test("A reading that is older than another one, or than the process's end, changes nothing")
  func stale() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let now = fixture.time...fixture.time
    let reading = ProcessReading(
      owner: ProcessTableFixture.runtime, began: fixture.time, parent: 5, threads: 1, asked: now)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    fixture.table.apply(reading, of: 10)
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
    fixture.exit(10)
    fixture.table.apply(reading, of: 10)
    fixture.time += 100 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .unresolved(.exited))
  }

  @Test("A reading from before a loss that is applied after it has no effect")
  func readBeforeLoss() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    let reading = ProcessReading(
      owner: ProcessTableFixture.db, began: fixture.time - 5_000_000_000, parent: 1, threads: 1,
      asked: fixture.time...fixture.time)
    fixture.report(.exec, 5)
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    fixture.table.apply(reading, of: 10)
    #expect(fixture.record(of: 10) == .unresolved(.exited))
  }

  @Test("After a loss only what is found again is known")
  func lost() {
    var fixture = ProcessTableFixture()
    fixture.owners[5] = ProcessTableFixture.web
    fixture.owners[6] = ProcessTableFixture.db
    fixture.starts = [5: fixture.time - 5_000_000_000, 6: fixture.time - 5_000_000_000]
    fixture.scan()
    fixture.time += ProcessTableFixture.millisecond
    let loss = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.table.noteLoss(after: loss, by: fixture.time)
    // Meanwhile one process ended, and its PID belongs to another.
    fixture.owners[6] = ProcessTableFixture.web
    fixture.starts[6] = fixture.time - 50 * ProcessTableFixture.millisecond
    fixture.scan()
    #expect(fixture.record(of: 5) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 6) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 6, before: 100) == .exited(ProcessTableFixture.db))
    #expect(fixture.record(of: 7) == .unresolved(.exited))
  }

  @Test(
    "After a loss, a child that could not be read belongs to its parent's container if the parent was in it before the child"
  )
  func childAfterLoss() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 10), 11)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.exit(11)
    #expect(fixture.record(of: 11, before: 50) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "The process that had the parent's PID until shortly before is not mistaken for the parent of a child that could not be read"
  )
  func parentBefore() {
    var fixture = ProcessTableFixture(running: [1: ProcessTableFixture.sshd, 4: ProcessTableFixture.web])
    let began = fixture.time + 1000 * ProcessTableFixture.millisecond
    func after(_ milliseconds: Int64) -> Int64 { began + milliseconds * ProcessTableFixture.millisecond }
    fixture.fork(23, from: 4)
    fixture.time = began
    fixture.exit(23)
    fixture.fork(23, from: 1)
    fixture.table.noteLoss(after: after(4), by: after(8))
    // Start times are in hundredths of a second: both processes began slightly later.
    let asked = after(20)...after(20)
    fixture.table.apply(
      ProcessReading(owner: nil, began: began, parent: 23, threads: 2, asked: asked), of: 14)
    fixture.table.apply(
      ProcessReading(owner: ProcessTableFixture.sshd, began: began, parent: 1, threads: 1, asked: asked),
      of: 23)
    fixture.table.endScan(since: after(19), by: after(21))
    #expect(fixture.table.answer(14, made: after(150)...after(160)) == .unresolved(.exited))
  }

  @Test("A scan of all processes counts only if no events were lost since it began")
  func lostMeanwhile() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    fixture.report(.exec, 5)
    #expect(fixture.table.scanReason == nil)
    let began = fixture.time
    fixture.time += ProcessTableFixture.millisecond
    fixture.table.noteLoss(after: began, by: fixture.time)
    let counts = [began, fixture.time].map { since in
      let counts = fixture.table.endScan(since: since, by: fixture.time)
      #expect(fixture.table.scanReason == (counts ? nil : .losses))
      return counts
    }
    #expect(counts == [false, true])
  }

  @Test(
    "If the second process of a PID was found before a loss was noticed, the owner of the PID between the two is unknown"
  )
  func lossNoticedLate() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 10: ProcessTableFixture.web])
    fixture.report(.exec, 5)
    let silent = fixture.time
    fixture.time += 1000 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.db
    fixture.starts[10] = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.scan()
    fixture.table.noteLoss(after: silent, by: fixture.time)
    fixture.time += ProcessTableFixture.millisecond
    fixture.scan()
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.db))
    #expect(fixture.record(of: 10, before: 600) == .unresolved(.reused))
    #expect(fixture.table.answer(10, made: silent...silent) == .exited(ProcessTableFixture.web))
  }

  @Test("Events that were once missing stay missing, whatever is lost later")
  func twoLosses() {
    var fixture = ProcessTableFixture(running: [10: ProcessTableFixture.web])
    fixture.report(.exec, 10)
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    fixture.time += 1000 * ProcessTableFixture.millisecond
    let made = fixture.time...fixture.time + 1000 * ProcessTableFixture.millisecond
    fixture.time += 500 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.db
    fixture.starts[10] = fixture.time
    fixture.time += 1000 * ProcessTableFixture.millisecond
    for _ in 0..<2 {
      fixture.scan()
      #expect(fixture.table.answer(10, made: made) == .unresolved(.reused))
      fixture.time += 100_000 * ProcessTableFixture.millisecond
      fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    }
  }

  @Test(
    "A record from a gap in the events is unresolved if it may have been made after the end of the known process"
  )
  func endedBeforeLoss() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    // This is long after the start, before which events are missing, too.
    fixture.time += 100_000 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 10)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.exit, 10)
    let end = fixture.time
    fixture.table.noteLoss(after: end, by: fixture.time)
    fixture.scan()
    #expect(
      fixture.table.answer(10, made: end - ProcessTableFixture.millisecond...end - 1)
        == .inherited(ProcessTableFixture.web))
    fixture.time += ProcessTableFixture.millisecond
    #expect(
      fixture.table.answer(10, made: end - ProcessTableFixture.millisecond...fixture.time)
        == .unresolved(.reused))
  }
}
