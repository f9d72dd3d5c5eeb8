import Cgroups
import ProcFS
import ProcessTable
import Testing

/// What is moved into a container, and whose its children are.
@Suite struct ProcessMoveTests {
  @Test("Children of a container's process are in it, however short they live")
  func inherited() {
    var fixture = ProcessTableFixture(running: [10: ProcessTableFixture.web])
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.fork(parent: 11), 12)
    fixture.report(.exit, 11)
    fixture.report(.exit, 12)
    #expect(fixture.record(of: 12, before: 1) == .inherited(ProcessTableFixture.web))
    #expect(fixture.record(of: 11, before: 2) == .inherited(ProcessTableFixture.web))
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
  }

  @Test(
    "Children of a process in another runtime's container are in it, too, and it starts containers that made it"
  )
  func foreign() {
    let docker = ProcessOwner.foreign(ForeignContainer(.docker, String(repeating: "ab", count: 32)))
    var fixture = ProcessTableFixture(running: [10: docker])
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 1) == .inherited(docker))
    // Of one that has started a container it is not known what becomes of its short-lived children.
    fixture.owners[5] = ProcessTableFixture.sshd
    fixture.scan()
    fixture.fork(6, from: 5)
    fixture.owners[6] = docker
    fixture.report(.exec, 6)
    fixture.report(.fork(parent: 5), 7)
    fixture.report(.exit, 7)
    #expect(fixture.record(of: 7, before: 1) == .unresolved(.moved))
  }

  @Test("A process that was moved into a container and executes its program is in it, also after its end")
  func moved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .exited(ProcessTableFixture.web))
  }

  @Test("A process of the host is looked at again, for it may have been moved since")
  func movedLater() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.runtime))
    fixture.owners[10] = ProcessTableFixture.web
    fixture.time += ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
  }

  @Test(
    "A child of one that starts containers is looked at until it is moved, and is its container's also after its end"
  )
  func movedBeforeItsProgram() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    fixture.fork(11, from: 5)
    fixture.recheck()
    #expect(fixture.table.hasPendingRechecks)
    fixture.owners[11] = ProcessTableFixture.db
    fixture.recheck()
    #expect(!fixture.table.hasPendingRechecks)
    fixture.exit(11)
    #expect(fixture.record(of: 11, before: 1) == .exited(ProcessTableFixture.db))
    // One that stays the host's is not looked at for ever.
    fixture.fork(12, from: 5)
    fixture.time += ProcessTable.recheckTime
    fixture.recheck()
    #expect(!fixture.table.hasPendingRechecks)
  }

  @Test(
    "A short-lived child of the runtime's is not said to be the host's, also before there is any container")
  func runtime() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime, 6: ProcessTableFixture.sshd])
    for (pid, parent) in [(10, 5), (11, 6)] as [(Int32, Int32)] {
      fixture.fork(pid, from: parent)
      fixture.time += ProcessTableFixture.millisecond
      fixture.exit(pid)
    }
    #expect(fixture.record(of: 10, before: 4) == .unresolved(.moved))
    #expect(fixture.record(of: 11) == .inherited(ProcessTableFixture.sshd))
  }

  @Test("A short-lived child of one that starts containers is not said to be the host's")
  func starter() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime, 6: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    for (parent, child) in [(5, 20), (6, 30)] as [(Int32, Int32)] {
      fixture.report(.fork(parent: parent), child)
      fixture.report(.exit, child)
    }
    #expect(fixture.record(of: 20, before: 2) == .unresolved(.moved))
    #expect(fixture.record(of: 30, before: 1) == .inherited(ProcessTableFixture.sshd))
  }

  @Test("Of a child whose parent was moved, before it made the child or after, nobody knows whose it is")
  func parentMoved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.owners[5] = ProcessTableFixture.web
    fixture.report(.fork(parent: 5), 10, after: 1)
    fixture.report(.exit, 10)
    #expect(fixture.record(of: 10, before: 2) == .unresolved(.moved))
    // What it makes once it was seen there is in it, too.
    fixture.report(.fork(parent: 5), 11, after: 1)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 2) == .inherited(ProcessTableFixture.web))
  }

  @Test("A child of the host is not the container's that its parent is moved into later on")
  func parentMovedLater() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.owners[11] = nil
    fixture.report(.fork(parent: 10), 11)
    fixture.exit(11)
    // Its parent is the host's still, as a record of it shows.
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.sshd))
    fixture.owners[10] = ProcessTableFixture.web
    fixture.time += ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 11, before: 2) == .unresolved(.moved))
  }

  @Test(
    "Children that a process made on the host, before it was moved into a container, go where they are moved",
    arguments: [ProcessTableFixture.runtime, ProcessTableFixture.db])
  func childrenOfMoved(sibling: ProcessOwner) {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let forked = fixture.time
    fixture.owners[10] = ProcessTableFixture.web
    fixture.time += 10 * ProcessTableFixture.millisecond
    fixture.recheck()
    // It made them before that.
    fixture.time = forked
    for (pid, owner) in [(11, sibling), (12, ProcessTableFixture.runtime)] as [(Int32, ProcessOwner)] {
      fixture.owners[pid] = owner
      fixture.parents[pid] = 10
      fixture.starts[pid] = fixture.time + ProcessTableFixture.millisecond
      fixture.report(.fork(parent: 10), pid, after: 20)
      fixture.time -= 20 * ProcessTableFixture.millisecond
    }
    fixture.time += 30 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 12) == .owner(ProcessTableFixture.runtime))
    fixture.owners[12] = ProcessTableFixture.db
    fixture.time += ProcessTableFixture.millisecond
    #expect(fixture.record(of: 12) == .owner(ProcessTableFixture.db))
    // One that ended before it could be looked up may have been made before or after.
    fixture.time = forked + 2 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 10), 13, after: 20)
    fixture.report(.exit, 13)
    #expect(fixture.record(of: 13, before: 21) == .unresolved(.moved))
  }

  @Test(
    "A container's process that had many children in other units on the host gives the next one no unit of the host"
  )
  func manyChildrenOfMoved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    for pid in 100..<200 as Range<Int32> {
      fixture.owners[pid] = .host(unit: "session-\(pid).scope")
      fixture.parents[pid] = 5
      fixture.starts[pid] = fixture.time + ProcessTableFixture.millisecond
      fixture.report(.fork(parent: 5), pid)
      fixture.report(.exec, pid)
    }
    fixture.owners[5] = ProcessTableFixture.web
    fixture.report(.exec, 5)
    for pid in 100..<200 as Range<Int32> { fixture.exit(pid) }
    fixture.report(.fork(parent: 5), 10)
    fixture.report(.fork(parent: 10), 11)
    for pid in [10, 11] as [Int32] {
      fixture.report(.exit, pid)
      #expect(fixture.record(of: pid, before: 1) == .unresolved(.moved))
    }
  }

  @Test("A container's process was there when it executed its program, and so was what it made since")
  func executedBeforeLook() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10, after: 5)
    // This was a millisecond after that.
    fixture.time -= 5 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 10), 11, after: 5)
    fixture.exit(11)
    #expect(fixture.record(of: 11, before: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test("Of a child whose parent may come from the host nobody knows whether it is in the parent's container")
  func grandchildOfMoved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let forked = fixture.time
    fixture.time += 5 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.web
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
    // These were before that, and both were the host's still.
    fixture.time = forked
    fixture.starts[11] = forked
    fixture.owners[11] = ProcessTableFixture.db
    fixture.report(.fork(parent: 10), 11, after: 10)
    fixture.time = forked + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 11), 12, after: 10)
    fixture.exit(12)
    #expect(fixture.record(of: 12, before: 11) == .unresolved(.moved))
  }

  @Test("A process found before its fork was told does not come from who had its parent's PID before")
  func foundBeforeFork() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime, 6: ProcessTableFixture.sshd])
    let exited = fixture.time
    fixture.time += 4 * ProcessTableFixture.millisecond
    fixture.table.found(
      ProcessReading(
        owner: ProcessTableFixture.sshd, began: exited + 3 * ProcessTableFixture.millisecond, parent: 5,
        threads: 1,
        asked: fixture.time...fixture.time),
      of: 10)
    fixture.time = exited
    fixture.exit(5)
    fixture.report(.fork(parent: 6), 5)
    fixture.report(.fork(parent: 5), 10)
    fixture.time += 3 * ProcessTableFixture.millisecond
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .exited(ProcessTableFixture.sshd))
  }

  @Test(
    "A short-lived process that systemd started is not said to be in systemd's own unit, from which it is moved"
  )
  func startedBySystemd() {
    var fixture = ProcessTableFixture(running: [1: .host(unit: "init.scope")])
    fixture.fork(10, from: 1)
    fixture.time += ProcessTableFixture.millisecond
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .exited(.host(unit: nil)))
    #expect(fixture.record(of: 1) == .owner(.host(unit: "init.scope")))
  }
}
