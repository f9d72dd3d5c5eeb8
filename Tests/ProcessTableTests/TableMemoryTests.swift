import Cgroups
import ProcFS
import Testing

/// Tables that are too small for all processes.
@Suite struct TableMemoryTests {
  @Test(
    "A full table forgets the processes that ended first, and never exceeds its limits",
    arguments: [(10, 1000), (1000, 9)])
  func bounded(maxCount: Int, maxEnded: Int) {
    var fixture = ProcessTableFixture(
      running: [5: ProcessTableFixture.web], maxCount: maxCount, maxEnded: maxEnded)
    for pid in 100..<200 as Range<Int32> {
      fixture.report(.fork(parent: 5), pid)
      fixture.report(.exit, pid)
      #expect(fixture.table.count <= 10)
    }
    #expect(fixture.table.count == 10)
    #expect(fixture.record(of: 199, before: 1) == .inherited(ProcessTableFixture.web))
    #expect(fixture.record(of: 150) == .unresolved(.exited))
    #expect(fixture.record(of: 5) == .owner(ProcessTableFixture.web))
  }

  @Test("Without events each process may have ended, and the number of remembered processes is limited")
  func boundedWithoutEvents() {
    var fixture = ProcessTableFixture(hasEventStream: false, maxEnded: 9)
    for pid in 100..<200 as Range<Int32> {
      fixture.owners[pid] = ProcessTableFixture.web
      fixture.starts[pid] = 0
      #expect(fixture.record(of: pid) == .owner(ProcessTableFixture.web))
      #expect(fixture.table.count <= 9)
    }
  }

  @Test("After a loss of events, running processes are still known")
  func lost() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web], maxEnded: 9)
    for pid in 10..<60 as Range<Int32> { fixture.fork(pid, from: 5) }
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    #expect(fixture.table.count == 51)
    fixture.time += ProcessTableFixture.millisecond
    fixture.scan()
    #expect(fixture.table.count == 51)
  }

  @Test(
    "Processes that have ended are forgotten when none of their records can arrive, unless their threads still run"
  )
  func forgottenInTime() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web])
    for pid in 10..<20 as Range<Int32> { fixture.report(.fork(parent: 5), pid) }
    fixture.report(.threadFork, 10)
    for pid in 10..<18 as Range<Int32> { fixture.report(.exit, pid) }
    let time = fixture.time
    fixture.report(.exit, 18)
    fixture.report(.fork(parent: 5), 11)
    fixture.table.forget(endedBefore: time + 1)
    // Five are left: the web server, a process with another thread, one that ended later, one that runs, and the next process of a PID.
    #expect(fixture.table.count == 5)
    #expect(fixture.record(of: 10) == .inherited(ProcessTableFixture.web))
    #expect(fixture.record(of: 18, before: 1) == .inherited(ProcessTableFixture.web))
    #expect(fixture.record(of: 17) == .unresolved(.exited))
    fixture.report(.threadExit, 10)
    fixture.table.forget(endedBefore: fixture.time + 1)
    #expect(fixture.table.count == 3)
  }

  @Test(
    "A record is unresolved if its PID may have belonged to a forgotten process at that time",
    arguments: [false, true])
  func forgottenOwner(isNewFirst: Bool) {
    var fixture = ProcessTableFixture(
      running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db], maxCount: 4)
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.exit, 10)
    let end = fixture.time
    if isNewFirst { fixture.report(.fork(parent: 6), 10) }
    // The first process of that PID does not fit into the table any more.
    fixture.report(.fork(parent: 5), 11)
    if !isNewFirst {
      fixture.report(.fork(parent: 5), 12)
      fixture.exit(12)
      fixture.report(.fork(parent: 6), 10)
    }
    #expect(fixture.table.answer(10, made: fixture.time...fixture.time) == .inherited(ProcessTableFixture.db))
    #expect(fixture.table.answer(10, made: end...fixture.time) == .unresolved(.reused))
  }

  @Test("A reading from before a process's end has no effect if the end has been forgotten since")
  func forgottenEnd() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web], maxCount: 2)
    fixture.fork(10, from: 5)
    let reading = ProcessReading(
      owner: ProcessTableFixture.web, began: fixture.time, parent: 5, threads: 1,
      asked: fixture.time...fixture.time)
    fixture.exit(10)
    fixture.fork(11, from: 5)
    fixture.exit(11)
    fixture.table.apply(reading, of: 10)
    #expect(fixture.record(of: 10) == .unresolved(.exited))
  }

  @Test(
    "A zombie for which a compact set made space in the table is forgotten like any other process that has ended"
  )
  func zombie() {
    var fixture = ProcessTableFixture(
      running: [
        4: ProcessTableFixture.db, 5: ProcessTableFixture.web, 6: ProcessTableFixture.web,
        7: ProcessTableFixture.web,
      ], maxCount: 4)
    fixture.report(.exec, 5)
    fixture.owners[11] = ProcessTableFixture.db
    fixture.zombies = [11]
    #expect(fixture.record(of: 11) == .exited(ProcessTableFixture.db))
    #expect(fixture.table.count == 4)
    fixture.table.forget(endedBefore: fixture.time + 1)
    #expect(fixture.table.count == 3)
    // The same is true for a process that was known to run.
    fixture.owners[11] = nil
    fixture.zombies = [4]
    fixture.scan()
    #expect(fixture.table.count == 4)
    fixture.table.forget(endedBefore: fixture.time + 1)
    #expect(fixture.table.count == 3)
  }

  @Test(
    "If the table is full of processes of many owners, /proc is read for each record of a new process, and all processes are read once there is space"
  )
  func full() {
    var fixture = ProcessTableFixture(maxCount: 3)
    for pid in 5...7 as ClosedRange<Int32> { fixture.owners[pid] = ProcessTableFixture.sshd }
    fixture.scan()
    fixture.owners[8] = ProcessTableFixture.db
    fixture.starts[8] = fixture.time
    fixture.report(.fork(parent: 1), 8)
    fixture.time += 200 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 8) == .owner(ProcessTableFixture.db))
    #expect(fixture.record(of: 5) == .owner(ProcessTableFixture.sshd))
    #expect(fixture.table.count == 3 && fixture.table.scanReason == nil)
    fixture.exit(6)
    fixture.report(.fork(parent: 5), 9)
    #expect(fixture.table.scanReason == .full)
    fixture.table.endScan(since: fixture.time, by: fixture.time)
    #expect(fixture.table.scanReason == nil)
    fixture.exit(9)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 11)
    #expect(fixture.record(of: 11) == .inherited(ProcessTableFixture.sshd))
  }

  @Test("A process keeps its owner, and its children inherit it, however many containers start and end")
  func manyContainers() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.sshd])
    for number in 0..<6000 {
      let pid = Int32(100 + number % 100)
      fixture.owners[pid] = Self.container(number)
      fixture.starts[pid] = fixture.time + ProcessTableFixture.millisecond
      fixture.report(.fork(parent: 6), pid)
      fixture.report(.exec, pid)
      fixture.report(.exit, pid)
      fixture.owners[pid] = nil
      #expect(fixture.record(of: pid, before: 1) == .exited(Self.container(number)))
      fixture.table.forget(endedBefore: fixture.time)
    }
    #expect(fixture.table.owners.count < 5000)
    fixture.fork(7, from: 5)
    #expect(
      fixture.record(of: 5) == .owner(ProcessTableFixture.web)
        && fixture.record(of: 7) == .inherited(ProcessTableFixture.web))
  }

  private static func container(_ number: Int) -> ProcessOwner {
    let digits = String(number, radix: 16)
    return .container(ContainerID(String(repeating: "0", count: 64 - digits.count) + digits)!)
  }
}
