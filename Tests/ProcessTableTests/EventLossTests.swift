import ProcFS
import Testing

/// What nobody was told of, or told late.
@Suite struct EventLossTests {
  @Test("What has waited while nobody read it tells of processes that have ended since")
  func waited() {
    var bench = Bench()
    bench.owners[5] = Bench.web
    // One of before has the ID first.
    bench.tell(.exit, 10)
    let end = bench.time
    bench.time += 100 * Bench.millisecond
    bench.tell(.fork(parent: 5), 10)
    bench.tell(.exit, 10)
    bench.scan()
    #expect(bench.record(of: 10, before: 1) == .inherited(Bench.web))
    #expect(bench.table.answer(10, made: end - 1...end) == .unresolved(.exited))
  }

  @Test("What was read before something newer was read, or before the end was told, changes nothing")
  func stale() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    let now = bench.time...bench.time
    let reading = ProcessReading(owner: Bench.runtime, began: bench.time, parent: 5, threads: 1, asked: now)
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10)
    bench.table.found(reading, of: 10)
    #expect(bench.record(of: 10) == .owner(Bench.web))
    bench.exit(10)
    bench.table.found(reading, of: 10)
    bench.time += 100 * Bench.millisecond
    #expect(bench.record(of: 10) == .unresolved(.exited))
  }

  @Test("What was read before a loss, and is taken note of after it, tells nothing")
  func readBeforeLoss() {
    var bench = Bench(running: [5: Bench.web])
    let reading = ProcessReading(
      owner: Bench.db, began: bench.time - 5_000_000_000, parent: 1, threads: 1,
      asked: bench.time...bench.time)
    bench.tell(.exec, 5)
    bench.table.lost(after: bench.time, by: bench.time)
    bench.table.found(reading, of: 10)
    #expect(bench.record(of: 10) == .unresolved(.exited))
  }

  @Test("After a loss nothing holds but what is found anew")
  func lost() {
    var bench = Bench()
    bench.owners[5] = Bench.web
    bench.owners[6] = Bench.db
    bench.starts = [5: bench.time - 5_000_000_000, 6: bench.time - 5_000_000_000]
    bench.scan()
    bench.time += Bench.millisecond
    let loss = bench.time
    bench.time += 100 * Bench.millisecond
    bench.table.lost(after: loss, by: bench.time)
    // Meanwhile one ended, and its PID is another's.
    bench.owners[6] = Bench.web
    bench.starts[6] = bench.time - 50 * Bench.millisecond
    bench.scan()
    #expect(bench.record(of: 5) == .owner(Bench.web))
    #expect(bench.record(of: 6) == .owner(Bench.web))
    #expect(bench.record(of: 6, before: 100) == .exited(Bench.db))
    #expect(bench.record(of: 7) == .unresolved(.exited))
  }

  @Test(
    "A child that nobody could look at after a loss is its parent's container's, if that was there before it")
  func childAfterLoss() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10)
    bench.table.lost(after: bench.time, by: bench.time)
    bench.time += 100 * Bench.millisecond
    bench.tell(.fork(parent: 10), 11)
    bench.time += 100 * Bench.millisecond
    bench.exit(11)
    #expect(bench.record(of: 11, before: 50) == .inherited(Bench.web))
  }

  @Test(
    "Who had the parent's PID until moments before is not taken for the parent of one that nobody could look at"
  )
  func parentBefore() {
    var bench = Bench(running: [1: Bench.sshd, 4: Bench.web])
    let began = bench.time + 1000 * Bench.millisecond
    func after(_ milliseconds: Int64) -> Int64 { began + milliseconds * Bench.millisecond }
    bench.fork(23, from: 4)
    bench.time = began
    bench.exit(23)
    bench.fork(23, from: 1)
    bench.table.lost(after: after(4), by: after(8))
    // Start times are in hundredths of a second: both began a little later.
    let asked = after(20)...after(20)
    bench.table.found(
      ProcessReading(owner: nil, began: began, parent: 23, threads: 2, asked: asked), of: 14)
    bench.table.found(
      ProcessReading(owner: Bench.sshd, began: began, parent: 1, threads: 1, asked: asked), of: 23)
    bench.table.foundAll(since: after(19), by: after(21))
    #expect(bench.table.answer(14, made: after(150)...after(160)) == .unresolved(.exited))
  }

  @Test("A look at all processes counts only if no events were lost since it began")
  func lostMeanwhile() {
    var bench = Bench(running: [5: Bench.web])
    bench.tell(.exec, 5)
    #expect(bench.table.needsScan == nil)
    let began = bench.time
    bench.time += Bench.millisecond
    bench.table.lost(after: began, by: bench.time)
    let counts = [began, bench.time].map { since in
      let counts = bench.table.foundAll(since: since, by: bench.time)
      #expect(bench.table.needsScan == (counts ? nil : .losses))
      return counts
    }
    #expect(counts == [false, true])
  }

  @Test("Who had a PID between two processes is not known, if the second was found before a loss was noticed")
  func lossNoticedLate() {
    var bench = Bench(running: [5: Bench.web, 10: Bench.web])
    bench.tell(.exec, 5)
    let silent = bench.time
    bench.time += 1000 * Bench.millisecond
    bench.owners[10] = Bench.db
    bench.starts[10] = bench.time
    bench.time += 100 * Bench.millisecond
    bench.scan()
    bench.table.lost(after: silent, by: bench.time)
    bench.time += Bench.millisecond
    bench.scan()
    #expect(bench.record(of: 10) == .owner(Bench.db))
    #expect(bench.record(of: 10, before: 600) == .unresolved(.reused))
    #expect(bench.table.answer(10, made: silent...silent) == .exited(Bench.web))
  }

  @Test("What was missing once is missing for ever, whatever was lost since")
  func twoLosses() {
    var bench = Bench(running: [10: Bench.web])
    bench.tell(.exec, 10)
    bench.table.lost(after: bench.time, by: bench.time)
    bench.time += 1000 * Bench.millisecond
    let made = bench.time...bench.time + 1000 * Bench.millisecond
    bench.time += 500 * Bench.millisecond
    bench.owners[10] = Bench.db
    bench.starts[10] = bench.time
    bench.time += 1000 * Bench.millisecond
    for _ in 0..<2 {
      bench.scan()
      #expect(bench.table.answer(10, made: made) == .unresolved(.reused))
      bench.time += 100_000 * Bench.millisecond
      bench.table.lost(after: bench.time, by: bench.time)
    }
  }

  @Test(
    "A record from when nobody was told who has a PID is nobody's, if it may be of after the known one's end")
  func endedBeforeLoss() {
    var bench = Bench(running: [5: Bench.web])
    // Long after the start, of which as little is known.
    bench.time += 100_000 * Bench.millisecond
    bench.tell(.fork(parent: 5), 10)
    bench.time += 100 * Bench.millisecond
    bench.tell(.exit, 10)
    let end = bench.time
    bench.table.lost(after: end, by: bench.time)
    bench.scan()
    #expect(bench.table.answer(10, made: end - Bench.millisecond...end - 1) == .inherited(Bench.web))
    bench.time += Bench.millisecond
    #expect(bench.table.answer(10, made: end - Bench.millisecond...bench.time) == .unresolved(.reused))
  }
}
