import ProcFS
import Testing

/// No room for all.
@Suite struct TableMemoryTests {
  @Test(
    "A full table forgets those that ended first, and holds no more than it may",
    arguments: [(10, 1000), (1000, 9)])
  func bounded(most: Int, mostEnded: Int) {
    var bench = Bench(running: [5: Bench.web], most: most, mostEnded: mostEnded)
    for pid in 100..<200 as Range<Int32> {
      bench.tell(.fork(parent: 5), pid)
      bench.tell(.exit, pid)
      #expect(bench.table.count <= 10)
    }
    #expect(bench.table.count == 10)
    #expect(bench.record(of: 199, before: 1) == .inherited(Bench.web))
    #expect(bench.record(of: 150) == .unresolved(.exited))
    #expect(bench.record(of: 5) == .owner(Bench.web))
  }

  @Test("Without events each may have ended, and only so many are remembered")
  func boundedWithoutEvents() {
    var bench = Bench(follows: false, mostEnded: 9)
    for pid in 100..<200 as Range<Int32> {
      bench.owners[pid] = Bench.web
      bench.starts[pid] = 0
      #expect(bench.record(of: pid) == .owner(Bench.web))
      #expect(bench.table.count <= 9)
    }
  }

  @Test("A loss of events makes those that run no less known than before")
  func lost() {
    var bench = Bench(running: [5: Bench.web], mostEnded: 9)
    for pid in 10..<60 as Range<Int32> { bench.fork(pid, from: 5) }
    bench.table.lost(after: bench.time, by: bench.time)
    #expect(bench.table.count == 51)
    bench.time += Bench.millisecond
    bench.scan()
    #expect(bench.table.count == 51)
  }

  @Test("Those that ended are forgotten when no record of theirs can come, unless their threads go on")
  func forgottenInTime() {
    var bench = Bench(running: [5: Bench.web])
    for pid in 10..<20 as Range<Int32> { bench.tell(.fork(parent: 5), pid) }
    bench.tell(.threadFork, 10)
    for pid in 10..<18 as Range<Int32> { bench.tell(.exit, pid) }
    let time = bench.time
    bench.tell(.exit, 18)
    bench.tell(.fork(parent: 5), 11)
    bench.table.forget(endedBefore: time + 1)
    // Left are the web server, one with another thread, one that ended later, one that runs, and the next of a PID.
    #expect(bench.table.count == 5)
    #expect(bench.record(of: 10) == .inherited(Bench.web))
    #expect(bench.record(of: 18, before: 1) == .inherited(Bench.web))
    #expect(bench.record(of: 17) == .unresolved(.exited))
    bench.tell(.threadExit, 10)
    bench.table.forget(endedBefore: bench.time + 1)
    #expect(bench.table.count == 3)
  }

  @Test(
    "A record from when a PID may have been one's that was forgotten is nobody's", arguments: [false, true])
  func forgottenOwner(isNewFirst: Bool) {
    var bench = Bench(running: [5: Bench.web, 6: Bench.db], most: 4)
    bench.tell(.fork(parent: 5), 10)
    bench.tell(.exit, 10)
    let end = bench.time
    if isNewFirst { bench.tell(.fork(parent: 6), 10) }
    // There is no room for the first one of that PID any more.
    bench.tell(.fork(parent: 5), 11)
    if !isNewFirst {
      bench.tell(.fork(parent: 5), 12)
      bench.exit(12)
      bench.tell(.fork(parent: 6), 10)
    }
    #expect(bench.table.answer(10, made: bench.time...bench.time) == .inherited(Bench.db))
    #expect(bench.table.answer(10, made: end...bench.time) == .unresolved(.reused))
  }

  @Test("What was read of a process before its end, which has been forgotten since, tells nothing")
  func forgottenEnd() {
    var bench = Bench(running: [5: Bench.web], most: 2)
    bench.fork(10, from: 5)
    let reading = ProcessReading(
      owner: Bench.web, began: bench.time, parent: 5, threads: 1, asked: bench.time...bench.time)
    bench.exit(10)
    bench.fork(11, from: 5)
    bench.exit(11)
    bench.table.found(reading, of: 10)
    #expect(bench.record(of: 10) == .unresolved(.exited))
  }

  @Test(
    "A zombie for which a container that fills the table makes room is forgotten as any other process that ended"
  )
  func zombie() {
    var bench = Bench(running: [4: Bench.db, 5: Bench.web, 6: Bench.web, 7: Bench.web], most: 4)
    bench.tell(.exec, 5)
    bench.owners[11] = Bench.db
    bench.zombies = [11]
    #expect(bench.record(of: 11) == .exited(Bench.db))
    #expect(bench.table.count == 4)
    bench.table.forget(endedBefore: bench.time + 1)
    #expect(bench.table.count == 3)
    // So is one that was known to run.
    bench.owners[11] = nil
    bench.zombies = [4]
    bench.scan()
    #expect(bench.table.count == 4)
    bench.table.forget(endedBefore: bench.time + 1)
    #expect(bench.table.count == 3)
  }

  @Test(
    "With no room for more processes of many owners, one that runs is looked at for its record, and all are when there is room again"
  )
  func full() {
    var bench = Bench(most: 3)
    for pid in 5...7 as ClosedRange<Int32> { bench.owners[pid] = Bench.sshd }
    bench.scan()
    bench.owners[8] = Bench.db
    bench.starts[8] = bench.time
    bench.tell(.fork(parent: 1), 8)
    bench.time += 200 * Bench.millisecond
    #expect(bench.record(of: 8) == .owner(Bench.db))
    #expect(bench.record(of: 5) == .owner(Bench.sshd))
    #expect(bench.table.count == 3 && bench.table.needsScan == nil)
    bench.exit(6)
    bench.tell(.fork(parent: 5), 9)
    #expect(bench.table.needsScan == .full)
    bench.table.foundAll(since: bench.time, by: bench.time)
    #expect(bench.table.needsScan == nil)
    bench.exit(9)
    bench.time += 100 * Bench.millisecond
    bench.tell(.fork(parent: 5), 11)
    #expect(bench.record(of: 11) == .inherited(Bench.sshd))
  }
}
