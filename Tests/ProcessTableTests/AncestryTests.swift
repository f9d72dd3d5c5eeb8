import Cgroups
import ProcFS
import ProcessTable
import Testing

/// Owners of processes that began before the events, and units of parents that are moved.
@Suite struct AncestryTests {
  @Test(
    "A process that was created in a container belongs to it after a restart of the service, whatever its cgroup is now",
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

  @Test(
    "The first process of a container belongs to it, whatever created it, and a host process belongs to its unit"
  )
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
    "An orphan of another container that entered the PID namespace belongs to its own container after a restart of the service"
  )
  func entered() {
    var fixture = ProcessTableFixture()
    fixture.owners = [
      5: ProcessTableFixture.runtime, 6: ProcessTableFixture.web, 7: ProcessTableFixture.db,
      8: ProcessTableFixture.db,
    ]
    fixture.parents = [6: 5, 7: 5, 8: 6]
    fixture.namespaces = [6: MixedParentTests.first, 7: MixedParentTests.host, 8: MixedParentTests.entrant]
    fixture.scan()
    #expect(fixture.record(of: 8) == .owner(ProcessTableFixture.db))
    // The orphan may create children of its new parent.
    fixture.report(.fork(parent: 6), 9)
    fixture.report(.exit, 9)
    #expect(fixture.record(of: 9, before: 1) == .unresolved(.moved))
  }

  @Test(
    "If a first process's child is in the cgroup of a container that cannot have entered the namespace, the child is unresolved"
  )
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

  @Test(
    "A short-lived child of a process that was moved into another unit gets no unit unless it certainly was in it"
  )
  func movedUnit() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    let session = ProcessOwner.host(unit: "session-1.scope")
    fixture.fork(10, from: 5)
    fixture.owners[10] = session
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.exit, 11)
    // The parent was moved before or after the fork.
    #expect(fixture.record(of: 11, before: 1) == .inherited(.host(unit: nil)))
    fixture.report(.fork(parent: 10), 12)
    fixture.report(.exit, 12)
    #expect(fixture.record(of: 12, before: 1) == .inherited(session))
    fixture.fork(13, from: 10)
    #expect(fixture.record(of: 13) == .owner(session))
  }

  @Test("If a child lives in another unit than its parent, only the units of its siblings are unknown")
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
    "A process that was found and has executed a program since does not belong to the previous process with its parent's PID"
  )
  func executedSinceFound() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd, 10: ProcessTableFixture.web])
    // Start times are in hundredths of a second, so the process seems to have begun before its parent.
    fixture.owners[11] = ProcessTableFixture.sshd
    fixture.parents[11] = 10
    fixture.starts[11] = fixture.time
    fixture.exit(10)
    fixture.fork(10, from: 5)
    // The event of this fork is lost.
    fixture.table.noteLoss(after: fixture.time, by: fixture.time + 5 * ProcessTableFixture.millisecond)
    fixture.time += 50 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.sshd))
    fixture.report(.exec, 11)
    fixture.scan()
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.sshd))
  }

  @Test(
    "An owner from the ancestry of a process that was found while events were missing is forgotten once the loss is known"
  )
  func foundInSilence() {
    var fixture = ProcessTableFixture(running: [12: ProcessTableFixture.db, 13: ProcessTableFixture.sshd])
    fixture.fork(14, from: 13)
    let last = fixture.time
    fixture.time += 100 * ProcessTableFixture.millisecond
    // 12 was read before its end, and 33 is a child of the process that has its PID now.
    fixture.owners[33] = ProcessTableFixture.web
    fixture.parents[33] = 12
    fixture.starts[33] = fixture.time - 50 * ProcessTableFixture.millisecond
    fixture.scan()
    #expect(fixture.record(of: 33) == .owner(ProcessTableFixture.db))
    fixture.table.noteLoss(after: last, by: fixture.time)
    fixture.owners[12] = nil
    #expect(fixture.record(of: 33) == .owner(ProcessTableFixture.web))
    fixture.scan()
    #expect(fixture.record(of: 33) == .owner(ProcessTableFixture.web))
  }

  @Test(
    "A sibling of a host process that a container's process adopted before it was found itself is not the container's"
  )
  func siblingOfAdopted() {
    var fixture = ProcessTableFixture()
    fixture.owners = [1: .host(unit: "init.scope"), 3: ProcessTableFixture.sshd, 6: ProcessTableFixture.web]
    fixture.parents = [3: 1, 6: 1]
    fixture.namespaces = [6: MixedParentTests.first]
    fixture.scan { fixture in
      fixture.fork(11, from: 3)
      fixture.fork(17, from: 11)
      fixture.parents[17] = 6
      fixture.exit(11)
      // It was created by 17, with CLONE_PARENT.
      fixture.owners[21] = ProcessTableFixture.sshd
      fixture.starts[21] = fixture.time + ProcessTableFixture.millisecond
      fixture.parents[21] = 6
      fixture.report(.fork(parent: 6), 21)
    }
    #expect([.unresolved(.moved), .owner(ProcessTableFixture.sshd)].contains(fixture.record(of: 21)))
    #expect(fixture.record(of: 17) == .owner(ProcessTableFixture.sshd))
  }

  @Test(
    "A process that was found after a loss is the child of the process that had its parent's PID then, not of the next one with that PID",
    arguments: [false, true])
  func parentOfFound(isKnown: Bool) {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db])
    if isKnown { fixture.fork(10, from: 5) }
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    // Start times are in hundredths of a second.
    fixture.owners[11] = ProcessTableFixture.web
    fixture.parents[11] = 10
    fixture.starts[11] = fixture.time - 5 * ProcessTableFixture.millisecond
    fixture.report(.exec, 11)
    fixture.fork(10, from: 6)
    fixture.parents[11] = 5
    fixture.time += 50 * ProcessTableFixture.millisecond
    fixture.scan { fixture in
      // It has another thread, so it is not read again.
      fixture.threads[11] = 2
      fixture.report(.exit, 11)
    }
    #expect(fixture.record(of: 11).owner == ProcessTableFixture.web)
  }

  @Test("A process that was found after a loss is not the child of a process that had ended by then")
  func endedParentOfFound() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.sshd])
    fixture.fork(10, from: 5)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.exit(10)
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    // The fork of the next process with the PID 10 is lost.
    fixture.owners[11] = ProcessTableFixture.sshd
    fixture.parents[11] = 10
    fixture.starts[11] = fixture.time - 5 * ProcessTableFixture.millisecond
    fixture.time += 5 * ProcessTableFixture.millisecond
    fixture.scan()
    fixture.time += 50 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 11) == .unresolved(.moved))
  }

  @Test(
    "The cgroup of a child tells its container also if its parent could not be read and has a parent with children of other owners",
    arguments: [
      (ProcessTableFixture.web, ProcessTable.Answer.owner(ProcessTableFixture.web)),
      // It may have left a container's cgroup.
      (ProcessTableFixture.sshd, .unresolved(.moved)),
    ])
  func childOfUnread(cgroup: ProcessOwner, expected: ProcessTable.Answer) {
    var fixture = ProcessTableFixture()
    fixture.owners = [
      5: ProcessTableFixture.runtime, 6: ProcessTableFixture.web, 8: MixedParentTests.pause,
    ]
    fixture.parents = [6: 5, 8: 5]
    fixture.namespaces = [6: MixedParentTests.first, 8: MixedParentTests.entrant]
    fixture.report(.exec, 8)
    fixture.time += 50 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 6), 12)
    fixture.scan()
    fixture.fork(13, from: 12)
    fixture.owners[13] = cgroup
    #expect(fixture.record(of: 13) == expected)
  }
}
