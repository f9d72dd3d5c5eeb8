import ProcFS
import ProcessEvents
import Testing

/// Processes that end, and others that have their PIDs afterwards.
@Suite struct ProcessEndTests {
  @Test("A PID that is used again belongs to each of its processes in turn")
  func reused() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db])
    fixture.fork(10, from: 5)
    fixture.exit(10)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.fork(10, from: 6)
    fixture.time += ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .inherited(ProcessTableFixture.db))
    #expect(fixture.record(of: 10, before: 102) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "After the exit of a process from before the start, its PID belongs to the next process unless other threads still ran",
    arguments: [(1, 1), (2, 1), (2, 2)])
  func reusedOfOld(threads: Int, later: Int) {
    var fixture = ProcessTableFixture()
    fixture.owners = [5: ProcessTableFixture.web, 10: ProcessTableFixture.db]
    fixture.threads[10] = threads
    fixture.scan()
    // It is a zombie until its parent reaps it.
    fixture.report(.exit, 10)
    fixture.threads[10] = later
    fixture.recheck()
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.fork(10, from: 5)
    let tick =
      fixture.time - 4 * ProcessTableFixture.millisecond...fixture.time + 4 * ProcessTableFixture.millisecond
    #expect(
      fixture.table.answer(10, made: tick)
        == (later == 1 ? .inherited(ProcessTableFixture.web) : .unresolved(.reused)))
  }

  @Test("The PID of a zombie from before the start belongs to the next process")
  func reusedOfZombie() {
    var fixture = ProcessTableFixture()
    fixture.owners = [5: ProcessTableFixture.web, 10: ProcessTableFixture.db]
    fixture.zombies = [10]
    fixture.report(.exec, 5)
    fixture.scan()
    #expect(fixture.record(of: 10) == .exited(ProcessTableFixture.db))
    fixture.time += 100 * ProcessTableFixture.millisecond
    // Its parent reaps it, which is not reported.
    fixture.zombies = []
    fixture.fork(10, from: 5)
    let tick =
      fixture.time - 4 * ProcessTableFixture.millisecond...fixture.time + 4 * ProcessTableFixture.millisecond
    #expect(fixture.table.answer(10, made: tick) == .inherited(ProcessTableFixture.web))
  }

  @Test("A zombie's last record is attributed to it, even if its exit event was lost")
  func lostZombie() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    fixture.fork(10, from: 5)
    fixture.time += 100 * ProcessTableFixture.millisecond
    let made = fixture.time
    fixture.time += 5 * ProcessTableFixture.millisecond
    fixture.table.noteLoss(after: made - ProcessTableFixture.millisecond, by: fixture.time)
    fixture.zombies = [10]
    fixture.report(.exec, 5)
    fixture.scan()
    fixture.time += 10 * ProcessTableFixture.millisecond
    #expect(fixture.table.answer(10, made: made...fixture.time) == .exited(ProcessTableFixture.web))
  }

  @Test("A record from the time at which a PID passed to another process is unresolved")
  func ambiguous() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db])
    fixture.fork(10, from: 5)
    fixture.exit(10)
    fixture.fork(10, from: 6)
    let wide = fixture.time - 10 * ProcessTableFixture.millisecond...fixture.time
    #expect(fixture.table.answer(10, made: wide) == .unresolved(.reused))
  }

  @Test("A PID is free when the last thread of its process has ended, even if the first one ended before")
  func lastThread() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db])
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.threadFork, 10)
    fixture.report(.exit, 10)
    fixture.report(.threadExit, 10)
    fixture.time += 10 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 6), 10)
    // A record's time leaves some milliseconds open; the first process had ended by then.
    let window = fixture.time - 5 * ProcessTableFixture.millisecond...fixture.time
    #expect(fixture.table.answer(10, made: window) == .inherited(ProcessTableFixture.db))
  }

  @Test("A process runs as long as any of its threads", arguments: [false, true])
  func threadsLeft(isFirst: Bool) {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.threadFork, 10)
    if !isFirst {
      fixture.report(.threadFork, 10)
      fixture.report(.exit, 10)
    }
    fixture.report(.threadExit, 10)
    fixture.time += 10 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "A reading after the end of a process's first thread is valid as long as another thread runs")
  func readAfterFirstThread() {
    func fixture(_ more: [(kind: ProcessEvent.Kind, pid: Int32)]) -> ProcessTableFixture {
      var fixture = ProcessTableFixture(running: [6: ProcessTableFixture.db])
      fixture.owners[10] = ProcessTableFixture.web
      fixture.starts[10] = fixture.time + ProcessTableFixture.millisecond
      // Its parent is unknown, and it is read after all these events.
      fixture.reportTogether([(.fork(parent: 4), 10), (.threadFork, 10), (.exit, 10)] + more)
      return fixture
    }
    var going = fixture([])
    #expect(going.record(of: 10) == .exited(ProcessTableFixture.web))
    // Otherwise the reading may be of another process.
    var over = fixture([(.threadExit, 10)])
    #expect(over.record(of: 10, before: 2) == .unresolved(.exited))
    var reused = fixture([(.exec, 6), (.fork(parent: 6), 10)])
    #expect(reused.record(of: 10, before: 2) == .unresolved(.exited))
    var lost = fixture([])
    let last = lost.time
    lost.owners[10] = nil
    lost.table.noteLoss(after: last, by: last + ProcessTableFixture.millisecond)
    #expect(lost.table.answer(10, made: last...last) == .unresolved(.exited))
  }

  @Test("A thread that executes a program continues its process, whose first thread has ended")
  func threadExecutes() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.report(.threadFork, 10)
    fixture.report(.exit, 10)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
  }

  @Test("A reading that was made after the process had ended is revoked")
  func tooLate() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    let forked = fixture.time + ProcessTableFixture.millisecond
    // When the event is read, the PID belongs to another process, and the parent has ended.
    fixture.time = forked + 50 * ProcessTableFixture.millisecond
    fixture.owners[5] = nil
    fixture.owners[10] = ProcessTableFixture.runtime
    fixture.table.apply(ProcessEvent(.fork(parent: 5), pid: 10, time: forked)) { [fixture] pid, _ in
      ProcessReading(owner: fixture.owners[pid], asked: fixture.time...fixture.time)
    }
    fixture.table.apply(ProcessEvent(.exit, pid: 10, time: forked + ProcessTableFixture.millisecond)) {
      [fixture] _, _ in
      ProcessReading(owner: nil, threads: 0, asked: fixture.time...fixture.time)
    }
    // It was not read whether the parent is still in its unit.
    #expect(fixture.table.answer(10, made: forked...forked + 1) == .inherited(.host(unit: nil)))
  }

  @Test(
    "A process that was found before its fork was reported is that fork's child, even if its first thread had ended"
  )
  func foundBeforeFork() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.report(.exec, 5, after: 10)
    let forked = fixture.time + ProcessTableFixture.millisecond
    fixture.time += 3 * ProcessTableFixture.millisecond
    fixture.table.apply(
      ProcessReading(owner: nil, began: forked, parent: 5, threads: 1, asked: fixture.time...fixture.time),
      of: 10
    )
    fixture.time = forked - ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 10)
    let tick =
      fixture.time - 4 * ProcessTableFixture.millisecond...fixture.time + 4 * ProcessTableFixture.millisecond
    #expect(fixture.table.answer(10, made: tick) == .inherited(ProcessTableFixture.sshd))
  }
}
