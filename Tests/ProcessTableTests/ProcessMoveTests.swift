import Cgroups
import ProcFS
import ProcessTable
import Testing

/// What is moved into a container, and whose its children are.
@Suite struct ProcessMoveTests {
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

  @Test(
    "Children of a process in another runtime's container are in it, too, and it starts containers that made it"
  )
  func foreign() {
    let docker = ProcessOwner.foreign(ForeignContainer(.docker, String(repeating: "ab", count: 32)))
    var bench = Bench(running: [10: docker])
    bench.tell(.fork(parent: 10), 11)
    bench.tell(.exit, 11)
    #expect(bench.record(of: 11, before: 1) == .inherited(docker))
    // Of one that has started a container it is not known what becomes of its short-lived children.
    bench.owners[5] = Bench.sshd
    bench.scan()
    bench.fork(6, from: 5)
    bench.owners[6] = docker
    bench.tell(.exec, 6)
    bench.tell(.fork(parent: 5), 7)
    bench.tell(.exit, 7)
    #expect(bench.record(of: 7, before: 1) == .unresolved(.moved))
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
    #expect(bench.record(of: 11) == .inherited(Bench.sshd))
  }

  @Test("A short-lived child of one that starts containers is not said to be the host's")
  func starter() {
    var bench = Bench(running: [5: Bench.runtime, 6: Bench.sshd])
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

  @Test("Of a child whose parent was moved, before it made the child or after, nobody knows whose it is")
  func parentMoved() {
    var bench = Bench(running: [5: Bench.sshd])
    bench.owners[5] = Bench.web
    bench.tell(.fork(parent: 5), 10, after: 1)
    bench.tell(.exit, 10)
    #expect(bench.record(of: 10, before: 2) == .unresolved(.moved))
    // What it makes once it was seen there is in it, too.
    bench.tell(.fork(parent: 5), 11, after: 1)
    bench.tell(.exit, 11)
    #expect(bench.record(of: 11, before: 2) == .inherited(Bench.web))
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

  @Test(
    "Children that a process made on the host, before it was moved into a container, go where they are moved",
    arguments: [Bench.runtime, Bench.db])
  func childrenOfMoved(sibling: ProcessOwner) {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    let forked = bench.time
    bench.owners[10] = Bench.web
    bench.time += 10 * Bench.millisecond
    bench.lookAgain()
    // It made them before that.
    bench.time = forked
    for (pid, owner) in [(11, sibling), (12, Bench.runtime)] as [(Int32, ProcessOwner)] {
      bench.owners[pid] = owner
      bench.parents[pid] = 10
      bench.starts[pid] = bench.time + Bench.millisecond
      bench.tell(.fork(parent: 10), pid, after: 20)
      bench.time -= 20 * Bench.millisecond
    }
    bench.time += 30 * Bench.millisecond
    #expect(bench.record(of: 12) == .owner(Bench.runtime))
    bench.owners[12] = Bench.db
    bench.time += Bench.millisecond
    #expect(bench.record(of: 12) == .owner(Bench.db))
    // One that ended before it could be looked up may have been made before or after.
    bench.time = forked + 2 * Bench.millisecond
    bench.tell(.fork(parent: 10), 13, after: 20)
    bench.tell(.exit, 13)
    #expect(bench.record(of: 13, before: 21) == .unresolved(.moved))
  }

  @Test(
    "A container's process that had many children in other units on the host gives the next one no unit of the host"
  )
  func manyChildrenOfMoved() {
    var bench = Bench(running: [5: Bench.sshd])
    for pid in 100..<200 as Range<Int32> {
      bench.owners[pid] = .host(unit: "session-\(pid).scope")
      bench.parents[pid] = 5
      bench.starts[pid] = bench.time + Bench.millisecond
      bench.tell(.fork(parent: 5), pid)
      bench.tell(.exec, pid)
    }
    bench.owners[5] = Bench.web
    bench.tell(.exec, 5)
    for pid in 100..<200 as Range<Int32> { bench.exit(pid) }
    bench.tell(.fork(parent: 5), 10)
    bench.tell(.fork(parent: 10), 11)
    for pid in [10, 11] as [Int32] {
      bench.tell(.exit, pid)
      #expect(bench.record(of: pid, before: 1) == .unresolved(.moved))
    }
  }

  @Test("A container's process was there when it executed its program, and so was what it made since")
  func executedBeforeLook() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10, after: 5)
    // This was a millisecond after that.
    bench.time -= 5 * Bench.millisecond
    bench.tell(.fork(parent: 10), 11, after: 5)
    bench.exit(11)
    #expect(bench.record(of: 11, before: 6) == .inherited(Bench.web))
  }

  @Test("Of a child whose parent may come from the host nobody knows whether it is in the parent's container")
  func grandchildOfMoved() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    let forked = bench.time
    bench.time += 5 * Bench.millisecond
    bench.owners[10] = Bench.web
    #expect(bench.record(of: 10) == .owner(Bench.web))
    // These were before that, and both were the host's still.
    bench.time = forked
    bench.starts[11] = forked
    bench.owners[11] = Bench.db
    bench.tell(.fork(parent: 10), 11, after: 10)
    bench.time = forked + Bench.millisecond
    bench.tell(.fork(parent: 11), 12, after: 10)
    bench.exit(12)
    #expect(bench.record(of: 12, before: 11) == .unresolved(.moved))
  }

  @Test("A process found before its fork was told does not come from who had its parent's PID before")
  func foundBeforeFork() {
    var bench = Bench(running: [5: Bench.runtime, 6: Bench.sshd])
    let exited = bench.time
    bench.time += 4 * Bench.millisecond
    bench.table.found(
      ProcessReading(
        owner: Bench.sshd, began: exited + 3 * Bench.millisecond, parent: 5, threads: 1,
        asked: bench.time...bench.time),
      of: 10)
    bench.time = exited
    bench.exit(5)
    bench.tell(.fork(parent: 6), 5)
    bench.tell(.fork(parent: 5), 10)
    bench.time += 3 * Bench.millisecond
    bench.exit(10)
    #expect(bench.record(of: 10, before: 1) == .exited(Bench.sshd))
  }

  @Test(
    "A short-lived process that systemd started is not said to be in systemd's own unit, from which it is moved"
  )
  func startedBySystemd() {
    var bench = Bench(running: [1: .host(unit: "init.scope")])
    bench.fork(10, from: 1)
    bench.time += Bench.millisecond
    bench.exit(10)
    #expect(bench.record(of: 10, before: 1) == .exited(.host(unit: nil)))
    #expect(bench.record(of: 1) == .owner(.host(unit: "init.scope")))
  }
}
