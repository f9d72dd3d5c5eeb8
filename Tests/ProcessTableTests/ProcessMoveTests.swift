import Cgroups
import ProcFS
import ProcessTable
import Testing

/// Processes that are moved into a container, and the owners of their children.
@Suite struct ProcessMoveTests {
  @Test("Children of a container's process belong to the container, however short they live")
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
    "Short-lived children belong to a container of another runtime, too, and the process that created such a container starts containers"
  )
  func foreign() {
    let docker = ProcessOwner.foreign(ForeignContainer(.docker, String(repeating: "ab", count: 32)))
    var fixture = ProcessTableFixture(running: [10: docker])
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 1) == .inherited(docker))
    // The short-lived children of a process that has started a container may be in any.
    fixture.owners[5] = ProcessTableFixture.sshd
    fixture.scan()
    fixture.fork(6, from: 5)
    fixture.owners[6] = docker
    fixture.report(.exec, 6)
    fixture.report(.fork(parent: 5), 7)
    fixture.report(.exit, 7)
    #expect(fixture.record(of: 7, before: 1) == .unresolved(.moved))
  }

  @Test("A process that was moved into a container before its exec belongs to it, even after its end")
  func moved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    fixture.exit(10)
    #expect(fixture.record(of: 10, before: 1) == .exited(ProcessTableFixture.web))
  }

  @Test("A host process is read again, because it may have been moved since")
  func movedLater() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.runtime))
    fixture.owners[10] = ProcessTableFixture.web
    fixture.time += ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
  }

  @Test(
    "A child of a process that starts containers is read until it is moved, and belongs to its container even after its end"
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
    // A process that stays on the host is not read for ever.
    fixture.fork(12, from: 5)
    fixture.time += ProcessTable.recheckTime
    fixture.recheck()
    #expect(!fixture.table.hasPendingRechecks)
  }

  @Test(
    "A short-lived child of the runtime is not attributed to the host, even before there is any container")
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

  @Test("A short-lived child of a process that starts containers is not attributed to the host")
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

  @Test("If a parent was moved before or after its child's fork, the child is unresolved")
  func parentMoved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.owners[5] = ProcessTableFixture.web
    fixture.report(.fork(parent: 5), 10, after: 1)
    fixture.report(.exit, 10)
    #expect(fixture.record(of: 10, before: 2) == .unresolved(.moved))
    // Children that it creates after it was read in the container belong to it.
    fixture.report(.fork(parent: 5), 11, after: 1)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 2) == .inherited(ProcessTableFixture.web))
  }

  @Test("A child of a host process does not belong to the container into which its parent is moved later")
  func parentMovedLater() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.owners[11] = nil
    fixture.report(.fork(parent: 10), 11)
    fixture.exit(11)
    // The parent is still on the host, as a record of it shows.
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.sshd))
    fixture.owners[10] = ProcessTableFixture.web
    fixture.time += ProcessTableFixture.millisecond
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 11, before: 2) == .unresolved(.moved))
  }

  @Test(
    "Children that a process created on the host before its move into a container belong where they are moved",
    arguments: [ProcessTableFixture.runtime, ProcessTableFixture.db])
  func childrenOfMoved(sibling: ProcessOwner) {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let forked = fixture.time
    fixture.owners[10] = ProcessTableFixture.web
    fixture.time += 10 * ProcessTableFixture.millisecond
    fixture.recheck()
    // It created these children before the move.
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
    // A child that ended before it could be read may have been created before or after the move.
    fixture.time = forked + 2 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 10), 13, after: 20)
    fixture.report(.exit, 13)
    #expect(fixture.record(of: 13, before: 21) == .unresolved(.moved))
  }

  @Test(
    "A container's process that had many children in other units on the host gives its next child no unit"
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

  @Test(
    "A container's process was in the container at its exec, and so are the children that it has created since"
  )
  func executedBeforeLook() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10, after: 5)
    // This fork was a millisecond after the exec.
    fixture.time -= 5 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 10), 11, after: 5)
    fixture.exit(11)
    #expect(fixture.record(of: 11, before: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test("If a parent may come from the host, its child is not attributed to the parent's container")
  func grandchildOfMoved() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    fixture.fork(10, from: 5)
    let forked = fixture.time
    fixture.time += 5 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.web
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
    // These forks were before the move, when both processes were on the host.
    fixture.time = forked
    fixture.starts[11] = forked
    fixture.owners[11] = ProcessTableFixture.db
    fixture.report(.fork(parent: 10), 11, after: 10)
    fixture.time = forked + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 11), 12, after: 10)
    fixture.exit(12)
    #expect(fixture.record(of: 12, before: 11) == .unresolved(.moved))
  }

  @Test(
    "A process that was found before its fork was reported is not a child of the previous process with its parent's PID"
  )
  func foundBeforeFork() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime, 6: ProcessTableFixture.sshd])
    let exited = fixture.time
    fixture.time += 4 * ProcessTableFixture.millisecond
    fixture.table.apply(
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
    "A short-lived process started by systemd is not attributed to systemd's own unit, from which systemd moves it"
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
