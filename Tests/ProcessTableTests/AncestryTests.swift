import Cgroups
import ProcFS
import Testing

/// Owners of processes that were there before the events, and units of parents that are moved.
@Suite struct AncestryTests {
  @Test(
    "A process that was made in a container is its own after a new start, too, wherever its cgroup is by now",
    arguments: [ProcessTableFixture.sshd, .host(unit: nil), ProcessTableFixture.db])
  func madeInContainer(cgroup: ProcessOwner) {
    var fixture = ProcessTableFixture()
    fixture.owners = [5: ProcessTableFixture.runtime, 6: ProcessTableFixture.web, 7: cgroup, 8: cgroup]
    fixture.parents = [6: 5, 7: 6, 8: 7]
    fixture.scan()
    for pid in 7...8 as ClosedRange<Int32> {
      #expect(fixture.record(of: pid) == .owner(ProcessTableFixture.web))
      #expect(fixture.table.answer(pid, made: fixture.time...fixture.time) == .owner(ProcessTableFixture.web))
    }
    fixture.report(.fork(parent: 8), 9)
    fixture.report(.exit, 9)
    #expect(fixture.record(of: 9, before: 1) == .inherited(ProcessTableFixture.web))
    fixture.report(.exec, 8)
    #expect(fixture.record(of: 8) == .owner(ProcessTableFixture.web))
  }

  @Test("A container's first process is its own, whatever made it, and so is a process of the host's")
  func madeOnHost() {
    var fixture = ProcessTableFixture()
    fixture.owners = [
      1: .host(unit: "init.scope"), 5: ProcessTableFixture.runtime, 6: ProcessTableFixture.web,
      7: ProcessTableFixture.sshd,
    ]
    fixture.parents = [5: 1, 6: 5, 7: 1]
    fixture.scan()
    #expect(fixture.record(of: 6) == .owner(ProcessTableFixture.web))
    #expect(fixture.record(of: 7) == .owner(ProcessTableFixture.sshd))
  }

  @Test(
    "An orphan from another container, which has entered the PID namespace, is its own container's after a new start"
  )
  func entered() {
    var fixture = ProcessTableFixture()
    fixture.owners = [
      5: ProcessTableFixture.runtime, 6: ProcessTableFixture.web, 7: ProcessTableFixture.db,
      8: ProcessTableFixture.db,
    ]
    fixture.parents = [6: 5, 7: 5, 8: 6]
    fixture.namespaces = [6: MixedParentTests.first, 7: MixedParentTests.host, 8: MixedParentTests.visitor]
    fixture.scan()
    #expect(fixture.record(of: 8) == .owner(ProcessTableFixture.db))
    // It may make children of its new parent.
    fixture.report(.fork(parent: 6), 9)
    fixture.report(.exit, 9)
    #expect(fixture.record(of: 9, before: 1) == .unresolved(.moved))
  }

  @Test(
    "A first process's child in a cgroup of a container that cannot have entered its namespace is unresolved")
  func disputed() {
    var fixture = ProcessTableFixture()
    fixture.owners = [
      5: ProcessTableFixture.runtime, 6: ProcessTableFixture.web, 7: ProcessTableFixture.db,
      8: ProcessTableFixture.db,
    ]
    fixture.parents = [6: 5, 7: 5, 8: 6]
    let ofAnotherPod = [true, false].map { PIDNamespace(level: 2, isFirst: $0, pod: 3) }
    fixture.namespaces = [6: MixedParentTests.first, 7: ofAnotherPod[0], 8: ofAnotherPod[1]]
    fixture.scan()
    #expect(fixture.record(of: 8) == .unresolved(.moved))
    fixture.report(.exec, 8)
    #expect(fixture.record(of: 8) == .unresolved(.moved))
  }

  @Test("A short-lived child of a process that was moved into another unit is in none that it was not in")
  func movedUnit() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    let session = ProcessOwner.host(unit: "session-1.scope")
    fixture.fork(10, from: 5)
    fixture.owners[10] = session
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.exit, 11)
    // It was moved before it made the child, or after.
    #expect(fixture.record(of: 11, before: 1) == .inherited(.host(unit: nil)))
    fixture.report(.fork(parent: 10), 12)
    fixture.report(.exit, 12)
    #expect(fixture.record(of: 12, before: 1) == .inherited(session))
    fixture.fork(13, from: 10)
    #expect(fixture.record(of: 13) == .owner(session))
  }

  @Test("A child that lives in another unit than its parent makes its siblings' units unknown, and no more")
  func unitOfSibling() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.parents[10] = 5
    fixture.owners[10] = .host(unit: "session-1.scope")
    fixture.report(.exec, 10)
    fixture.report(.fork(parent: 5), 11)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 1) == .inherited(.host(unit: nil)))
  }

  @Test(
    "A process that was found, and has executed a program since, is not of the one that had its parent's ID before"
  )
  func executedSinceFound() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd, 10: ProcessTableFixture.web])
    // Start times are in hundredths of a second: it seems to have begun before its parent.
    fixture.owners[11] = ProcessTableFixture.sshd
    fixture.parents[11] = 10
    fixture.starts[11] = fixture.time
    fixture.exit(10)
    fixture.fork(10, from: 5)
    // Its fork is lost.
    fixture.table.lost(after: fixture.time, by: fixture.time + 5 * ProcessTableFixture.millisecond)
    fixture.time += 50 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.sshd))
    fixture.report(.exec, 11)
    fixture.scan()
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.sshd))
  }

  @Test(
    "What the ancestry said of a process that was found while events were missing is forgotten when that is known"
  )
  func foundInSilence() {
    var fixture = ProcessTableFixture(running: [12: ProcessTableFixture.db, 13: ProcessTableFixture.sshd])
    fixture.fork(14, from: 13)
    let last = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    // 12 was read before its end, and its child is another process's that has its ID now.
    fixture.owners[33] = ProcessTableFixture.web
    fixture.parents[33] = 12
    fixture.starts[33] = fixture.time - 50 * ProcessTableFixture.millisecond
    fixture.scan()
    #expect(fixture.record(of: 33) == .owner(ProcessTableFixture.db))
    fixture.table.lost(after: last, by: fixture.time)
    fixture.owners[12] = nil
    #expect(fixture.record(of: 33) == .owner(ProcessTableFixture.web))
    fixture.scan()
    #expect(fixture.record(of: 33) == .owner(ProcessTableFixture.web))
  }
}
