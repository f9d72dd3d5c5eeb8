import Cgroups
import ProcFS
import Testing

/// Owners of processes that were there before the events, and units of parents that are moved.
@Suite struct AncestryTests {
  @Test(
    "A process that was made in a container is its own after a new start, too, wherever its cgroup is by now",
    arguments: [Bench.sshd, .host(unit: nil), Bench.db])
  func madeInContainer(cgroup: ProcessOwner) {
    var bench = Bench()
    bench.owners = [5: Bench.runtime, 6: Bench.web, 7: cgroup, 8: cgroup]
    bench.parents = [6: 5, 7: 6, 8: 7]
    bench.scan()
    for pid in 7...8 as ClosedRange<Int32> {
      #expect(bench.record(of: pid) == .owner(Bench.web))
      #expect(bench.table.answer(pid, made: bench.time...bench.time) == .owner(Bench.web))
    }
    bench.tell(.fork(parent: 8), 9)
    bench.tell(.exit, 9)
    #expect(bench.record(of: 9, before: 1) == .inherited(Bench.web))
    bench.tell(.exec, 8)
    #expect(bench.record(of: 8) == .owner(Bench.web))
  }

  @Test("A container's first process is its own, whatever made it, and so is a process of the host's")
  func madeOnHost() {
    var bench = Bench()
    bench.owners = [1: .host(unit: "init.scope"), 5: Bench.runtime, 6: Bench.web, 7: Bench.sshd]
    bench.parents = [5: 1, 6: 5, 7: 1]
    bench.scan()
    #expect(bench.record(of: 6) == .owner(Bench.web))
    #expect(bench.record(of: 7) == .owner(Bench.sshd))
  }

  @Test(
    "An orphan from another container, which has entered the PID namespace, is its own container's after a new start"
  )
  func entered() {
    var bench = Bench()
    bench.owners = [5: Bench.runtime, 6: Bench.web, 7: Bench.db, 8: Bench.db]
    bench.parents = [6: 5, 7: 5, 8: 6]
    bench.namespaces = [6: MixedParentTests.first, 7: MixedParentTests.host, 8: MixedParentTests.visitor]
    bench.scan()
    #expect(bench.record(of: 8) == .owner(Bench.db))
    // It may make children of its new parent.
    bench.tell(.fork(parent: 6), 9)
    bench.tell(.exit, 9)
    #expect(bench.record(of: 9, before: 1) == .unresolved(.moved))
  }

  @Test(
    "A first process's child in a cgroup of a container that cannot have entered its namespace is unresolved")
  func disputed() {
    var bench = Bench()
    bench.owners = [5: Bench.runtime, 6: Bench.web, 7: Bench.db, 8: Bench.db]
    bench.parents = [6: 5, 7: 5, 8: 6]
    let ofAnotherPod = [true, false].map { PIDNamespace(level: 2, isFirst: $0, pod: 3) }
    bench.namespaces = [6: MixedParentTests.first, 7: ofAnotherPod[0], 8: ofAnotherPod[1]]
    bench.scan()
    #expect(bench.record(of: 8) == .unresolved(.moved))
    bench.tell(.exec, 8)
    #expect(bench.record(of: 8) == .unresolved(.moved))
  }

  @Test("A short-lived child of a process that was moved into another unit is in none that it was not in")
  func movedUnit() {
    var bench = Bench(running: [5: Bench.sshd])
    let session = ProcessOwner.host(unit: "session-1.scope")
    bench.fork(10, from: 5)
    bench.owners[10] = session
    bench.tell(.fork(parent: 10), 11)
    bench.tell(.exit, 11)
    // It was moved before it made the child, or after.
    #expect(bench.record(of: 11, before: 1) == .inherited(.host(unit: nil)))
    bench.tell(.fork(parent: 10), 12)
    bench.tell(.exit, 12)
    #expect(bench.record(of: 12, before: 1) == .inherited(session))
    bench.fork(13, from: 10)
    #expect(bench.record(of: 13) == .owner(session))
  }

  @Test("A child that lives in another unit than its parent makes its siblings' units unknown, and no more")
  func unitOfSibling() {
    var bench = Bench(running: [5: Bench.sshd])
    bench.fork(10, from: 5)
    bench.parents[10] = 5
    bench.owners[10] = .host(unit: "session-1.scope")
    bench.tell(.exec, 10)
    bench.tell(.fork(parent: 5), 11)
    bench.tell(.exit, 11)
    #expect(bench.record(of: 11, before: 1) == .inherited(.host(unit: nil)))
  }

  @Test(
    "A process that was found, and has executed a program since, is not of the one that had its parent's ID before"
  )
  func executedSinceFound() {
    var bench = Bench(running: [5: Bench.sshd, 10: Bench.web])
    // Start times are in hundredths of a second: it seems to have begun before its parent.
    bench.owners[11] = Bench.sshd
    bench.parents[11] = 10
    bench.starts[11] = bench.time
    bench.exit(10)
    bench.fork(10, from: 5)
    // Its fork is lost.
    bench.table.lost(after: bench.time, by: bench.time + 5 * Bench.millisecond)
    bench.time += 50 * Bench.millisecond
    #expect(bench.record(of: 11) == .owner(Bench.sshd))
    bench.tell(.exec, 11)
    bench.scan()
    #expect(bench.record(of: 11) == .owner(Bench.sshd))
  }

  @Test(
    "What the ancestry said of a process that was found while events were missing is forgotten when that is known"
  )
  func foundInSilence() {
    var bench = Bench(running: [12: Bench.db, 13: Bench.sshd])
    bench.fork(14, from: 13)
    let last = bench.time
    bench.time += 100 * Bench.millisecond
    // 12 was read before its end, and its child is another process's that has its ID now.
    bench.owners[33] = Bench.web
    bench.parents[33] = 12
    bench.starts[33] = bench.time - 50 * Bench.millisecond
    bench.scan()
    #expect(bench.record(of: 33) == .owner(Bench.db))
    bench.table.lost(after: last, by: bench.time)
    bench.owners[12] = nil
    #expect(bench.record(of: 33) == .owner(Bench.web))
    bench.scan()
    #expect(bench.record(of: 33) == .owner(Bench.web))
  }
}
