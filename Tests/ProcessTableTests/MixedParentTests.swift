import Cgroups
import ProcFS
import ProcessTable
import Testing

/// Children whose reported parent belongs to another owner: created with CLONE_PARENT by an orphan that the parent has adopted.
@Suite struct MixedParentTests {
  static let pause = ProcessOwner.container(ContainerID(String(repeating: "ef", count: 32))!)
  static let first = PIDNamespace(level: 2, isFirst: true, pod: 1)
  static let entrant = PIDNamespace(level: 2, isFirst: false, pod: 1)
  static let host = PIDNamespace(level: 1, isFirst: false, pod: 2)

  /// 5: the runtime. 6: the first process of a container. 7: a process of another container.
  private func fixture(_ first: ProcessOwner, _ other: ProcessOwner, _ otherNamespace: PIDNamespace)
    -> ProcessTableFixture
  {
    var fixture = ProcessTableFixture()
    fixture.owners = [1: .host(unit: "init.scope"), 5: ProcessTableFixture.runtime, 6: first, 7: other]
    fixture.parents = [5: 1, 6: 5, 7: 5]
    fixture.namespaces = [6: Self.first, 7: otherNamespace]
    fixture.scan()
    return fixture
  }

  @Test(
    "In a PID namespace that containers share, a short-lived child of the first process is unresolved, and a running one belongs to its own container",
    arguments: [false, true])
  func sharedNamespace(isFirst: Bool) {
    var fixture = fixture(Self.pause, ProcessTableFixture.web, Self.entrant)
    if !isFirst {
      // The order in which they are found does not matter.
      fixture = ProcessTableFixture()
      fixture.owners = [5: ProcessTableFixture.runtime, 7: ProcessTableFixture.web]
      fixture.parents = [6: 5, 7: 5]
      fixture.namespaces = [6: Self.first, 7: Self.entrant]
      fixture.scan()
      fixture.owners[6] = Self.pause
      fixture.starts[6] = fixture.time + ProcessTableFixture.millisecond
      fixture.report(.fork(parent: 5), 6)
    }
    #expect(fixture.shortLived(10, from: 6) == .unresolved(.moved))
    fixture.owners[11] = ProcessTableFixture.web
    fixture.report(.fork(parent: 6), 11)
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.web))
    fixture.exit(11)
    #expect(fixture.record(of: 11, before: 1) == .exited(ProcessTableFixture.web))
    // All other children inherit their parents' owners.
    #expect(fixture.shortLived(12, from: 7) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "In a shared PID namespace, a short-lived child of the first process is unresolved also if the other container is found after a loss, and the first process only later"
  )
  func sharedAfterLoss() {
    var fixture = ProcessTableFixture()
    fixture.owners = [5: ProcessTableFixture.runtime, 6: Self.pause]
    fixture.parents = [6: 5]
    fixture.namespaces = [6: Self.first, 7: Self.entrant]
    fixture.scan()
    fixture.table.noteLoss(after: fixture.time, by: fixture.time + ProcessTableFixture.millisecond)
    fixture.time += 2 * ProcessTableFixture.millisecond
    fixture.owners[7] = ProcessTableFixture.web
    fixture.parents[7] = 5
    fixture.starts[7] = fixture.time
    _ = fixture.record(of: 7)
    fixture.scan()
    fixture.time += 100 * ProcessTableFixture.millisecond
    #expect(fixture.shortLived(10, from: 6) == .unresolved(.moved))
  }

  @Test(
    "Once the other container of a shared PID namespace has ended, children of the first process belong to its container"
  )
  func entrantGone() {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.entrant)
    #expect(fixture.shortLived(10, from: 6) == .unresolved(.moved))
    fixture.exit(7)
    fixture.time += 2000 * ProcessTableFixture.millisecond
    #expect(fixture.shortLived(11, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "A process that another container executes in its own PID namespace does not make the namespace a shared one"
  )
  func ownNamespace() {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.first)
    fixture.owners[8] = ProcessTableFixture.db
    fixture.parents[8] = 5
    fixture.namespaces[8] = Self.entrant
    fixture.starts[8] = fixture.time + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 8)
    #expect(fixture.shortLived(10, from: 6) == .inherited(ProcessTableFixture.web))
  }

  /// A process of another owner enters the namespace, and its child becomes an orphan there.
  private func orphan(_ isSeen: Bool, in fixture: inout ProcessTableFixture) {
    fixture.fork(20, from: 7)
    fixture.fork(21, from: 20)
    fixture.parents[21] = 6
    if !isSeen { fixture.owners[21] = nil }
    fixture.exit(20)
  }

  @Test(
    "While a process has adopted another owner's orphan, short-lived children of the process are unresolved",
    arguments: [false, true])
  func entered(isSeen: Bool) {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.host)
    #expect(fixture.shortLived(10, from: 6) == .inherited(ProcessTableFixture.web))
    // The orphan may have ended before its new parent could be read.
    orphan(isSeen, in: &fixture)
    #expect(fixture.shortLived(11, from: 6) == .unresolved(.moved))
    fixture.exit(21)
    #expect(fixture.shortLived(12, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "An orphan of a container with its own PID namespace does not affect other containers, and costs no reading of /proc"
  )
  func ownOrphan() {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.first)
    let lookups = fixture.lookups
    orphan(false, in: &fixture)
    #expect(fixture.lookups == lookups)
    #expect(fixture.shortLived(11, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "When the process that started containers has ended, systemd adopts their processes, and short-lived children of systemd are unresolved"
  )
  func starterKilled() {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.first)
    fixture.fork(30, from: 1)
    fixture.time += ProcessTableFixture.millisecond
    fixture.exit(30)
    #expect(fixture.record(of: 30, before: 1) == .exited(.host(unit: nil)))
    for pid in [6, 7] as [Int32] { fixture.parents[pid] = 1 }
    fixture.exit(5)
    #expect(fixture.shortLived(31, from: 1) == .unresolved(.moved))
    for pid in [6, 7] as [Int32] { fixture.exit(pid) }
    fixture.report(.fork(parent: 1), 32)
    #expect(fixture.record(of: 32) == .inherited(.host(unit: nil)))
  }

  @Test(
    "Children inherit no container from a process that a host process may have created, unless it was read there before"
  )
  func madeBeforeMove() {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.first)
    for pid in [6, 7] as [Int32] { fixture.parents[pid] = 1 }
    fixture.exit(5)
    fixture.report(.fork(parent: 1), 10)
    let forked = fixture.time
    fixture.time += 10 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.db
    fixture.starts[10] = forked
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.db))
    fixture.time = forked
    fixture.report(.fork(parent: 10), 11, after: 20)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 21) == .unresolved(.moved))
  }

  @Test(
    "An orphan that may have been moved into a container, and was not read since, may create siblings there")
  func orphanOfStarter() {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.first)
    fixture.fork(20, from: 5)
    fixture.report(.fork(parent: 20), 21)
    let began = fixture.time
    fixture.exit(20)
    // /proc shows only its parent.
    fixture.table.apply(
      ProcessReading(owner: nil, began: began, parent: 1, threads: 1, asked: fixture.time...fixture.time),
      of: 21)
    #expect(fixture.shortLived(22, from: 1) == .unresolved(.moved))
    fixture.report(.exit, 21)
    #expect(fixture.shortLived(23, from: 1) == .inherited(.host(unit: nil)))
  }

  @Test("Children of a process whose creator is unknown are unresolved until the process itself is read")
  func grandchild() {
    var fixture = fixture(Self.pause, ProcessTableFixture.web, Self.entrant)
    fixture.report(.fork(parent: 6), 10)
    fixture.report(.fork(parent: 10), 11)
    fixture.report(.exit, 11)
    #expect(fixture.record(of: 11, before: 1) == .unresolved(.moved))
    // Later the process is read.
    fixture.starts[10] = fixture.time - 3 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.web
    fixture.report(.exec, 10)
    #expect(fixture.shortLived(12, from: 10) == .inherited(ProcessTableFixture.web))
  }

  @Test("A child of a shared namespace's first process is unresolved if it is in no container's cgroup")
  func ambiguous() {
    var fixture = fixture(Self.pause, ProcessTableFixture.web, Self.entrant)
    fixture.owners[10] = ProcessTableFixture.sshd
    fixture.report(.fork(parent: 6), 10)
    #expect(fixture.record(of: 10) == .unresolved(.moved))
  }

  @Test("Ordinary processes of a container cost no reading of /proc, however many there are")
  func cost() {
    var fixture = fixture(ProcessTableFixture.web, ProcessTableFixture.db, Self.first)
    let lookups = fixture.lookups
    for pid in 100..<1100 as Range<Int32> {
      fixture.report(.fork(parent: 6), pid)
      fixture.report(.fork(parent: pid), pid + 2000)
      fixture.report(.exec, pid + 2000)
      fixture.report(.exit, pid + 2000)
      fixture.report(.exit, pid)
    }
    #expect(fixture.lookups == lookups)
  }

  @Test(
    "A host process costs one reading of /proc for its fork, even if that is too late for the process itself")
  func costOfHost() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    for pid in 100..<200 as Range<Int32> {
      fixture.fork(pid, from: 5)
      fixture.exit(pid)
    }
    #expect(fixture.lookups == 100)
    for pid in 200..<300 as Range<Int32> {
      fixture.report(.fork(parent: 5), pid)
      fixture.report(.exit, pid)
    }
    #expect(fixture.lookups == 200)
  }
}
