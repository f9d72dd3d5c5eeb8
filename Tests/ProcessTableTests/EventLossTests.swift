import ProcFS
import Testing

/// What nobody was told of, or told late.
@Suite struct EventLossTests {
  @Test("What has waited while nobody read it tells of processes that have ended since")
  func waited() {
    var fixture = ProcessTableFixture()
    fixture.owners[5] = ProcessTableFixture.web
    // One of before has the ID first.
    fixture.report(.exit, 10)
    let end = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.exit, 10)
    fixture.scan()
    #expect(fixture.record(of: 10, before: 1) == .inherited(ProcessTableFixture.web))
    #expect(fixture.table.answer(10, made: end - 1...end) == .unresolved(.exited))
  }

  @Test("What was read before something newer was read, or before the end was told, changes nothing")
  func stale() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let now = fixture.time...fixture.time
    let reading = ProcessReading(
      owner: ProcessTableFixture.runtime, began: fixture.time, parent: 5, threads: 1, asked: now)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    fixture.table.found(reading, of: 10)
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
    fixture.exit(10)
    fixture.table.found(reading, of: 10)
    fixture.time += 100 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .unresolved(.exited))
  }

  @Test("What was read before a loss, and is taken note of after it, tells nothing")
  func readBeforeLoss() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    let reading = ProcessReading(
      owner: ProcessTableFixture.db, began: fixture.time - 5_000_000_000, parent: 1, threads: 1,
      asked: fixture.time...fixture.time)
    fixture.report(.exec, 5)
    fixture.table.lost(after: fixture.time, by: fixture.time)
    fixture.table.found(reading, of: 10)
    #expect(fixture.record(of: 10) == .unresolved(.exited))
  }

  @Test("After a loss nothing holds but what is found anew")
  func lost() {
    var fixture = ProcessTableFixture()
    fixture.owners[5] = ProcessTableFixture.web
    fixture.owners[6] = ProcessTableFixture.db
    fixture.starts = [5: fixture.time - 5_000_000_000, 6: fixture.time - 5_000_000_000]
    fixture.scan()
    fixture.time += ProcessTableFixture.millisecond
    let loss = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.table.lost(after: loss, by: fixture.time)
    // Meanwhile one ended, and its PID is another's.
    fixture.owners[6] = ProcessTableFixture.web
    fixture.starts[6] = fixture.time - 50 * ProcessTableFixture.millisecond
    fixture.scan()
    #expect(fixture.record(of: 5) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 6) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 6, before: 100) == .exited(ProcessTableFixture.db))
    #expect(fixture.record(of: 7) == .unresolved(.exited))
  }

  @Test(
    "A child that nobody could look at after a loss is its parent's container's, if that was there before it")
  func childAfterLoss() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    fixture.table.lost(after: fixture.time, by: fixture.time)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 10), 11)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.exit(11)
    #expect(fixture.record(of: 11, before: 50) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "Who had the parent's PID until moments before is not taken for the parent of one that nobody could look at"
  )
  func parentBefore() {
    var fixture = ProcessTableFixture(running: [1: ProcessTableFixture.sshd, 4: ProcessTableFixture.web])
    let began = fixture.time + 1000 * ProcessTableFixture.millisecond
    func after(_ milliseconds: Int64) -> Int64 { began + milliseconds * ProcessTableFixture.millisecond }
    fixture.fork(23, from: 4)
    fixture.time = began
    fixture.exit(23)
    fixture.fork(23, from: 1)
    fixture.table.lost(after: after(4), by: after(8))
    // Start times are in hundredths of a second: both began a little later.
    let asked = after(20)...after(20)
    fixture.table.found(
      ProcessReading(owner: nil, began: began, parent: 23, threads: 2, asked: asked), of: 14)
    fixture.table.found(
      ProcessReading(owner: ProcessTableFixture.sshd, began: began, parent: 1, threads: 1, asked: asked),
      of: 23)
    fixture.table.foundAll(since: after(19), by: after(21))
    #expect(fixture.table.answer(14, made: after(150)...after(160)) == .unresolved(.exited))
  }

  @Test("A look at all processes counts only if no events were lost since it began")
  func lostMeanwhile() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    fixture.report(.exec, 5)
    #expect(fixture.table.needsScan == nil)
    let began = fixture.time
    fixture.time += ProcessTableFixture.millisecond
    fixture.table.lost(after: began, by: fixture.time)
    let counts = [began, fixture.time].map { since in
      let counts = fixture.table.foundAll(since: since, by: fixture.time)
      #expect(fixture.table.needsScan == (counts ? nil : .losses))
      return counts
    }
    #expect(counts == [false, true])
  }

  @Test("Who had a PID between two processes is not known, if the second was found before a loss was noticed")
  func lossNoticedLate() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 10: ProcessTableFixture.web])
    fixture.report(.exec, 5)
    let silent = fixture.time
    fixture.time += 1000 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.db
    fixture.starts[10] = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.scan()
    fixture.table.lost(after: silent, by: fixture.time)
    fixture.time += ProcessTableFixture.millisecond
    fixture.scan()
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.db))
    #expect(fixture.record(of: 10, before: 600) == .unresolved(.reused))
    #expect(fixture.table.answer(10, made: silent...silent) == .exited(ProcessTableFixture.web))
  }

  @Test("What was missing once is missing for ever, whatever was lost since")
  func twoLosses() {
    var fixture = ProcessTableFixture(running: [10: ProcessTableFixture.web])
    fixture.report(.exec, 10)
    fixture.table.lost(after: fixture.time, by: fixture.time)
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
      fixture.table.lost(after: fixture.time, by: fixture.time)
    }
  }

  @Test(
    "A record from when nobody was told who has a PID is nobody's, if it may be of after the known one's end")
  func endedBeforeLoss() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    // Long after the start, of which as little is known.
    fixture.time += 100_000 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 10)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.exit, 10)
    let end = fixture.time
    fixture.table.lost(after: end, by: fixture.time)
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
