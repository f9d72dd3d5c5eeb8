import ProcessTable
import Testing

/// A process table, and the /proc that it looks into.
private struct Bench {
  var table: ProcessTable
  var owners: [Int32: ProcessOwner] = [:]
  var starts: [Int32: Int64] = [:]
  var threads: [Int32: Int] = [:]
  var time: Int64 = 1_000_000_000_000

  static let millisecond: Int64 = 1_000_000
  static let web = ProcessOwner.container(ContainerID(String(repeating: "ab", count: 32))!)
  static let db = ProcessOwner.container(ContainerID(String(repeating: "cd", count: 32))!)
  static let sshd = ProcessOwner.host(unit: "sshd.service")
  static let runtime = ProcessOwner.host(unit: "containerd.service")

  init(follows: Bool = true, most: Int = 1000) {
    table = ProcessTable(follows: follows, most: most)
  }

  /// All of these were there when events began.
  init(running owners: [Int32: ProcessOwner], most: Int = 1000) {
    self.init(most: most)
    self.owners = owners
    scan()
  }

  private func look(_ pid: Int32, _ withStart: Bool) -> ProcessReading {
    guard let owner = owners[pid] else { return ProcessReading(owner: nil, threads: 0, asked: time...time) }
    return ProcessReading(
      owner: owner, began: withStart ? starts[pid, default: 0] : nil,
      threads: withStart ? threads[pid, default: 1] : nil, asked: time...time)
  }

  /// Something happens, a millisecond after the last.
  mutating func tell(_ kind: ProcessEvent.Kind, _ pid: Int32) {
    time += Self.millisecond
    table.apply(ProcessEvent(kind, pid: pid, time: time), look: look)
  }

  /// A process is made that lives, at first where its parent is.
  mutating func fork(_ pid: Int32, from parent: Int32) {
    owners[pid] = owners[parent]
    starts[pid] = time + Self.millisecond
    tell(.fork(parent: parent), pid)
  }

  mutating func exit(_ pid: Int32) {
    owners[pid] = nil
    tell(.exit, pid)
  }

  mutating func lookAgain() { table.lookAgain(at: time, look: look) }

  mutating func scan() {
    for pid in owners.keys { table.found(look(pid, true), of: pid) }
    table.foundAll(by: time)
  }

  /// Whose record, made some milliseconds ago, this is.
  mutating func record(of pid: Int32, before milliseconds: Int64 = 0) -> ProcessTable.Attribution {
    let made = time - milliseconds * Self.millisecond
    let window = made - Self.millisecond / 4...made
    if table.needsLook(for: pid, made: window) { table.look(for: pid, look) }
    return table.answer(pid, made: window)
  }
}

@Suite struct ProcessTableTests {
  @Test("Children of a container's process are in it, however short they live")
  func inherited() {
    var bench = Bench(running: [10: Bench.web])
    bench.tell(.fork(parent: 10), 11)
    bench.tell(.fork(parent: 11), 12)
    bench.tell(.exit, 11)
    bench.tell(.exit, 12)
    #expect(bench.record(of: 12, before: 1) == .inherited(Bench.web))
    #expect(bench.record(of: 11, before: 2) == .inherited(Bench.web))
    #expect(bench.record(of: 10) == .owner(Bench.web))
  }

  @Test("A process that was moved into a container and executes its program is in it, also after its end")
  func moved() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10)
    bench.exit(10)
    #expect(bench.record(of: 10, before: 1) == .exited(Bench.web))
  }

  @Test("A process of the host is looked at again, for it may have been moved since")
  func movedLater() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    #expect(bench.record(of: 10) == .owner(Bench.runtime))
    bench.owners[10] = Bench.web
    bench.time += Bench.millisecond
    #expect(bench.record(of: 10) == .owner(Bench.web))
  }

  @Test(
    "A short-lived child of the runtime's is not said to be the host's, also before there is any container")
  func runtime() {
    var bench = Bench(running: [5: Bench.runtime, 6: Bench.sshd])
    for (pid, parent) in [(10, 5), (11, 6)] as [(Int32, Int32)] {
      bench.fork(pid, from: parent)
      bench.time += Bench.millisecond
      bench.exit(pid)
    }
    #expect(bench.record(of: 10, before: 4) == .unresolved(.moved))
    #expect(bench.record(of: 11) == .exited(Bench.sshd))
  }

  @Test("A short-lived child of one that starts containers is not said to be the host's")
  func starter() {
    var bench = Bench()
    bench.owners[5] = Bench.runtime
    bench.owners[6] = Bench.sshd
    bench.scan()
    bench.fork(10, from: 5)
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10)
    for (parent, child) in [(5, 20), (6, 30)] as [(Int32, Int32)] {
      bench.tell(.fork(parent: parent), child)
      bench.tell(.exit, child)
    }
    #expect(bench.record(of: 20, before: 2) == .unresolved(.moved))
    #expect(bench.record(of: 30, before: 1) == .inherited(Bench.sshd))
  }

  @Test(
    "A child of one that starts containers is looked at until it is moved, and is its container's also after its end"
  )
  func movedBeforeItsProgram() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10)
    bench.fork(11, from: 5)
    bench.lookAgain()
    #expect(bench.table.looksAgain)
    bench.owners[11] = Bench.db
    bench.lookAgain()
    #expect(!bench.table.looksAgain)
    bench.exit(11)
    #expect(bench.record(of: 11, before: 1) == .exited(Bench.db))
    // One that stays the host's is not looked at for ever.
    bench.fork(12, from: 5)
    bench.time += ProcessTable.soonTime
    bench.lookAgain()
    #expect(!bench.table.looksAgain)
  }

  @Test("Of a child whose parent was moved, before it made the child or after, nobody knows whose it is")
  func parentMoved() {
    var bench = Bench(running: [5: Bench.sshd])
    bench.owners[5] = Bench.web
    bench.tell(.fork(parent: 5), 10)
    bench.tell(.exit, 10)
    #expect(bench.record(of: 10, before: 1) == .unresolved(.moved))
  }

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

  @Test("What was missing once is missing for ever, whatever was lost since")
  func twoLosses() {
    var bench = Bench(running: [10: Bench.web])
    bench.tell(.exec, 10)
    bench.table.lost(after: bench.time)
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
      bench.table.lost(after: bench.time)
    }
  }

  @Test("A child of the host is not the container's that its parent is moved into later on")
  func parentMovedLater() {
    var bench = Bench(running: [5: Bench.sshd])
    bench.fork(10, from: 5)
    bench.owners[11] = nil
    bench.tell(.fork(parent: 10), 11)
    bench.exit(11)
    // Its parent is the host's still, as a record of it shows.
    #expect(bench.record(of: 10) == .owner(Bench.sshd))
    bench.owners[10] = Bench.web
    bench.time += Bench.millisecond
    #expect(bench.record(of: 10) == .owner(Bench.web))
    #expect(bench.record(of: 11, before: 2) == .unresolved(.moved))
  }

  @Test("A PID that is used again belongs to each of its processes at its time")
  func reused() {
    var bench = Bench()
    bench.owners[5] = Bench.web
    bench.owners[6] = Bench.db
    bench.scan()
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

  @Test("A record of the moment in which a PID changed hands is nobody's")
  func ambiguous() {
    var bench = Bench()
    bench.owners[5] = Bench.web
    bench.owners[6] = Bench.db
    bench.scan()
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
    // The PID is another's by the time that the event is read.
    bench.time = forked + 50 * Bench.millisecond
    bench.owners[10] = Bench.runtime
    bench.table.apply(ProcessEvent(.fork(parent: 5), pid: 10, time: forked)) { [bench] pid, _ in
      ProcessReading(owner: bench.owners[pid], asked: bench.time...bench.time)
    }
    bench.table.apply(ProcessEvent(.exit, pid: 10, time: forked + Bench.millisecond)) { [bench] _, _ in
      ProcessReading(owner: nil, threads: 0, asked: bench.time...bench.time)
    }
    #expect(bench.table.answer(10, made: forked...forked + 1) == .inherited(Bench.sshd))
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
    bench.table.lost(after: loss)
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
    "A record from when nobody was told who has a PID is nobody's, if it may be of after the known one's end")
  func endedBeforeLoss() {
    var bench = Bench(running: [5: Bench.web])
    // Long after the start, of which as little is known.
    bench.time += 100_000 * Bench.millisecond
    bench.tell(.fork(parent: 5), 10)
    bench.time += 100 * Bench.millisecond
    bench.tell(.exit, 10)
    let end = bench.time
    bench.table.lost(after: end)
    bench.scan()
    #expect(bench.table.answer(10, made: end - Bench.millisecond...end - 1) == .inherited(Bench.web))
    bench.time += Bench.millisecond
    #expect(bench.table.answer(10, made: end - Bench.millisecond...bench.time) == .unresolved(.reused))
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

  @Test("A full table forgets those that ended first, and holds no more than it may")
  func bounded() {
    var bench = Bench(running: [5: Bench.web], most: 10)
    for pid in 100..<200 as Range<Int32> {
      bench.tell(.fork(parent: 5), pid)
      bench.tell(.exit, pid)
      #expect(bench.table.count <= 10)
    }
    #expect(bench.record(of: 199, before: 1) == .inherited(Bench.web))
    #expect(bench.record(of: 150) == .unresolved(.exited))
    #expect(bench.record(of: 5) == .owner(Bench.web))
  }

  @Test(
    "Without events a container's process that ended is remembered until a second after it began, and not longer"
  )
  func remembered() {
    var bench = Bench(follows: false)
    bench.owners = [7: Bench.web, 8: Bench.web, 9: Bench.sshd]
    bench.starts = [7: bench.time - 100 * Bench.millisecond, 9: bench.time - 100 * Bench.millisecond]
    #expect(bench.record(of: 7) == .owner(Bench.web))
    #expect(bench.record(of: 8) == .owner(Bench.web))
    #expect(bench.record(of: 9) == .owner(Bench.sshd))
    bench.owners = [:]
    bench.time += 800 * Bench.millisecond
    #expect(bench.record(of: 7) == .exited(Bench.web))
    // It is an old one, and the next of its ID may have come right after it.
    #expect(bench.record(of: 8) == .unresolved(.exited))
    // It may have been moved into a container.
    #expect(bench.record(of: 9) == .unresolved(.exited))
    // Its record may be of after that second.
    let window = bench.time...bench.time + 200 * Bench.millisecond
    #expect(bench.table.answer(7, made: window) == .unresolved(.exited))
    bench.time += 200 * Bench.millisecond
    #expect(bench.record(of: 7) == .unresolved(.exited))
  }

  @Test("Without events a record from before a process began is not said to be that one's")
  func reusedWithoutEvents() {
    var bench = Bench(follows: false)
    bench.owners[8] = Bench.web
    #expect(bench.record(of: 8) == .owner(Bench.web))
    // Its PID is another's now, and a record of it is still to come.
    bench.time += 5 * Bench.millisecond
    bench.owners[8] = Bench.db
    bench.starts[8] = bench.time
    #expect(bench.record(of: 8, before: 3) == .unresolved(.reused))
    #expect(bench.record(of: 8) == .unresolved(.reused))
    bench.owners[9] = Bench.db
    bench.starts[9] = bench.time
    #expect(bench.record(of: 9, before: 3) == .unresolved(.reused))
    bench.time += 200 * Bench.millisecond
    #expect(bench.record(of: 8) == .owner(Bench.db))
  }

  @Test(
    "With no room for more, a process that runs is looked at for its record, and all are when there is room again"
  )
  func full() {
    var bench = Bench(most: 3)
    for pid in 5...7 as ClosedRange<Int32> { bench.owners[pid] = Bench.web }
    bench.scan()
    bench.owners[8] = Bench.db
    bench.starts[8] = bench.time
    bench.tell(.fork(parent: 1), 8)
    bench.time += 200 * Bench.millisecond
    #expect(bench.record(of: 8) == .owner(Bench.db))
    #expect(bench.record(of: 5) == .owner(Bench.web))
    #expect(bench.table.count == 3 && bench.table.needsScan == nil)
    bench.exit(6)
    bench.tell(.fork(parent: 5), 9)
    #expect(bench.table.needsScan == .full)
    bench.table.foundAll(by: bench.time)
    #expect(bench.table.needsScan == nil)
    bench.exit(9)
    bench.time += 100 * Bench.millisecond
    bench.tell(.fork(parent: 5), 11)
    #expect(bench.record(of: 11) == .inherited(Bench.web))
  }
}
