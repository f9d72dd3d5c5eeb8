import ProcFS
import ProcessEvents
import Testing

/// Processes that end, and others that have their IDs then.
@Suite struct ProcessEndTests {
  @Test("A PID that is used again belongs to each of its processes at its time")
  func reused() {
    var bench = Bench(running: [5: Bench.web, 6: Bench.db])
    bench.fork(10, from: 5)
    bench.exit(10)
    bench.time += 100 * Bench.millisecond
    bench.fork(10, from: 6)
    bench.time += Bench.millisecond
    #expect(bench.record(of: 10) == .inherited(Bench.db))
    #expect(bench.record(of: 10, before: 102) == .inherited(Bench.web))
  }

  @Test(
    "A PID of a process that was there before the start is the next one's, unless it had threads that went on",
    arguments: [(1, 1), (2, 1), (2, 2)])
  func reusedOfOld(threads: Int, later: Int) {
    var bench = Bench()
    bench.owners = [5: Bench.web, 10: Bench.db]
    bench.threads[10] = threads
    bench.scan()
    // It is a zombie until its parent asks.
    bench.tell(.exit, 10)
    bench.threads[10] = later
    bench.lookAgain()
    bench.time += 100 * Bench.millisecond
    bench.fork(10, from: 5)
    let tick = bench.time - 4 * Bench.millisecond...bench.time + 4 * Bench.millisecond
    #expect(
      bench.table.answer(10, made: tick) == (later == 1 ? .inherited(Bench.web) : .unresolved(.reused)))
  }

  @Test("A PID of a zombie that was there before the start is the next one's")
  func reusedOfZombie() {
    var bench = Bench()
    bench.owners = [5: Bench.web, 10: Bench.db]
    bench.zombies = [10]
    bench.tell(.exec, 5)
    bench.scan()
    #expect(bench.record(of: 10) == .exited(Bench.db))
    bench.time += 100 * Bench.millisecond
    // Its parent asks, which nobody is told of.
    bench.zombies = []
    bench.fork(10, from: 5)
    let tick = bench.time - 4 * Bench.millisecond...bench.time + 4 * Bench.millisecond
    #expect(bench.table.answer(10, made: tick) == .inherited(Bench.web))
  }

  @Test("A zombie's last record is its own, also where its end was lost")
  func lostZombie() {
    var bench = Bench(running: [5: Bench.web])
    bench.fork(10, from: 5)
    bench.time += 100 * Bench.millisecond
    let made = bench.time
    bench.time += 5 * Bench.millisecond
    bench.table.lost(after: made - Bench.millisecond, by: bench.time)
    bench.zombies = [10]
    bench.tell(.exec, 5)
    bench.scan()
    bench.time += 10 * Bench.millisecond
    #expect(bench.table.answer(10, made: made...bench.time) == .exited(Bench.web))
  }

  @Test("A record of the moment in which a PID changed hands is nobody's")
  func ambiguous() {
    var bench = Bench(running: [5: Bench.web, 6: Bench.db])
    bench.fork(10, from: 5)
    bench.exit(10)
    bench.fork(10, from: 6)
    let wide = bench.time - 10 * Bench.millisecond...bench.time
    #expect(bench.table.answer(10, made: wide) == .unresolved(.reused))
  }

  @Test("A PID is free when its process's last thread has ended, also when the first one ended before")
  func lastThread() {
    var bench = Bench(running: [5: Bench.web, 6: Bench.db])
    bench.tell(.fork(parent: 5), 10)
    bench.tell(.threadFork, 10)
    bench.tell(.exit, 10)
    bench.tell(.threadExit, 10)
    bench.time += 10 * Bench.millisecond
    bench.tell(.fork(parent: 6), 10)
    // A record's time leaves some milliseconds open: the first one was gone by then.
    let window = bench.time - 5 * Bench.millisecond...bench.time
    #expect(bench.table.answer(10, made: window) == .inherited(Bench.db))
  }

  @Test("A process goes on as long as any of its threads does", arguments: [false, true])
  func threadsLeft(isFirst: Bool) {
    var bench = Bench(running: [5: Bench.web])
    bench.tell(.fork(parent: 5), 10)
    bench.tell(.threadFork, 10)
    if !isFirst {
      bench.tell(.threadFork, 10)
      bench.tell(.exit, 10)
    }
    bench.tell(.threadExit, 10)
    bench.time += 10 * Bench.millisecond
    #expect(bench.record(of: 10) == .inherited(Bench.web))
  }

  @Test(
    "What was read of a process after its first thread's end is its own as long as another thread goes on")
  func readAfterFirstThread() {
    func bench(_ more: [(kind: ProcessEvent.Kind, pid: Int32)]) -> Bench {
      var bench = Bench(running: [6: Bench.db])
      bench.owners[10] = Bench.web
      bench.starts[10] = bench.time + Bench.millisecond
      // Its parent is not known, and it is read when all that has happened.
      bench.tellTogether([(.fork(parent: 4), 10), (.threadFork, 10), (.exit, 10)] + more)
      return bench
    }
    var going = bench([])
    #expect(going.record(of: 10) == .exited(Bench.web))
    // Else it is another's, perhaps.
    var over = bench([(.threadExit, 10)])
    #expect(over.record(of: 10, before: 2) == .unresolved(.exited))
    var reused = bench([(.exec, 6), (.fork(parent: 6), 10)])
    #expect(reused.record(of: 10, before: 2) == .unresolved(.exited))
    var lost = bench([])
    let last = lost.time
    lost.owners[10] = nil
    lost.table.lost(after: last, by: last + Bench.millisecond)
    #expect(lost.table.answer(10, made: last...last) == .unresolved(.exited))
  }

  @Test("A thread that executes a program goes on as its process, whose first thread has ended")
  func threadExecutes() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    bench.tell(.threadFork, 10)
    bench.tell(.exit, 10)
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10)
    #expect(bench.record(of: 10) == .owner(Bench.web))
  }

  @Test("A look that came after the process had ended is taken back")
  func tooLate() {
    var bench = Bench(running: [5: Bench.sshd])
    let forked = bench.time + Bench.millisecond
    // The PID is another's by the time that the event is read, and its parent has ended.
    bench.time = forked + 50 * Bench.millisecond
    bench.owners[5] = nil
    bench.owners[10] = Bench.runtime
    bench.table.apply(ProcessEvent(.fork(parent: 5), pid: 10, time: forked)) { [bench] pid, _ in
      ProcessReading(owner: bench.owners[pid], asked: bench.time...bench.time)
    }
    bench.table.apply(ProcessEvent(.exit, pid: 10, time: forked + Bench.millisecond)) { [bench] _, _ in
      ProcessReading(owner: nil, threads: 0, asked: bench.time...bench.time)
    }
    // Nobody has seen whether its parent is in its unit still.
    #expect(bench.table.answer(10, made: forked...forked + 1) == .inherited(.host(unit: nil)))
  }

  @Test(
    "A process that was found before its fork was told is that fork's, also if its first thread had ended"
  )
  func foundBeforeFork() {
    var bench = Bench(running: [5: Bench.sshd])
    bench.tell(.exec, 5, after: 10)
    let forked = bench.time + Bench.millisecond
    bench.time += 3 * Bench.millisecond
    bench.table.found(
      ProcessReading(owner: nil, began: forked, parent: 5, threads: 1, asked: bench.time...bench.time), of: 10
    )
    bench.time = forked - Bench.millisecond
    bench.tell(.fork(parent: 5), 10)
    let tick = bench.time - 4 * Bench.millisecond...bench.time + 4 * Bench.millisecond
    #expect(bench.table.answer(10, made: tick) == .inherited(Bench.sshd))
  }
}
