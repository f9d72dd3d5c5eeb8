import Cgroups
import ProcFS
import ProcessTable
import Testing

/// Children whose reported parent is another owner's process: made with CLONE_PARENT by an orphan that it has adopted.
@Suite struct MixedParentTests {
  static let pause = ProcessOwner.container(ContainerID(String(repeating: "ef", count: 32))!)
  static let first = PIDNamespace(level: 2, isFirst: true, pod: 1)
  static let visitor = PIDNamespace(level: 2, isFirst: false, pod: 1)
  static let host = PIDNamespace(level: 1, isFirst: false, pod: 2)

  /// A child that ends before it can be read of in /proc.
  private func shortLived(_ pid: Int32, from parent: Int32, in bench: inout Bench) -> ProcessTable.Attribution
  {
    bench.tell(.fork(parent: parent), pid)
    bench.tell(.exit, pid)
    return bench.record(of: pid, before: 1)
  }

  /// 5: the runtime. 6: the first process of a container. 7: of another one's.
  private func bench(_ first: ProcessOwner, _ other: ProcessOwner, _ otherNamespace: PIDNamespace) -> Bench {
    var bench = Bench()
    bench.owners = [1: .host(unit: "init.scope"), 5: Bench.runtime, 6: first, 7: other]
    bench.parents = [5: 1, 6: 5, 7: 5]
    bench.namespaces = [6: Self.first, 7: otherNamespace]
    bench.scan()
    return bench
  }

  @Test(
    "In a PID namespace that containers share, a short-lived child of its first process is unresolved, and one that lives is its own container's",
    arguments: [false, true])
  func sharedNamespace(isFirst: Bool) {
    var bench = bench(Self.pause, Bench.web, Self.visitor)
    if !isFirst {
      // Whichever of them is found first.
      bench = Bench()
      bench.owners = [5: Bench.runtime, 7: Bench.web]
      bench.parents = [6: 5, 7: 5]
      bench.namespaces = [6: Self.first, 7: Self.visitor]
      bench.scan()
      bench.owners[6] = Self.pause
      bench.starts[6] = bench.time + Bench.millisecond
      bench.tell(.fork(parent: 5), 6)
    }
    #expect(shortLived(10, from: 6, in: &bench) == .unresolved(.moved))
    bench.owners[11] = Bench.web
    bench.tell(.fork(parent: 6), 11)
    #expect(bench.record(of: 11) == .owner(Bench.web))
    bench.exit(11)
    #expect(bench.record(of: 11, before: 1) == .exited(Bench.web))
    // All other children are their parents' as ever.
    #expect(shortLived(12, from: 7, in: &bench) == .inherited(Bench.web))
  }

  @Test("So it is if another container is found after a loss, and the first process only later")
  func sharedAfterLoss() {
    var bench = Bench()
    bench.owners = [5: Bench.runtime, 6: Self.pause]
    bench.parents = [6: 5]
    bench.namespaces = [6: Self.first, 7: Self.visitor]
    bench.scan()
    bench.table.lost(after: bench.time, by: bench.time + Bench.millisecond)
    bench.time += 2 * Bench.millisecond
    bench.owners[7] = Bench.web
    bench.parents[7] = 5
    bench.starts[7] = bench.time
    _ = bench.record(of: 7)
    bench.scan()
    bench.time += 100 * Bench.millisecond
    #expect(shortLived(10, from: 6, in: &bench) == .unresolved(.moved))
  }

  @Test(
    "Once the container is gone that shared its PID namespace, the children of its first process are its own")
  func visitorGone() {
    var bench = bench(Bench.web, Bench.db, Self.visitor)
    #expect(shortLived(10, from: 6, in: &bench) == .unresolved(.moved))
    bench.exit(7)
    bench.time += 2000 * Bench.millisecond
    #expect(shortLived(11, from: 6, in: &bench) == .inherited(Bench.web))
  }

  @Test("A process that another container executes in its own PID namespace shares no other's")
  func ownNamespace() {
    var bench = bench(Bench.web, Bench.db, Self.first)
    bench.owners[8] = Bench.db
    bench.parents[8] = 5
    bench.namespaces[8] = Self.visitor
    bench.starts[8] = bench.time + Bench.millisecond
    bench.tell(.fork(parent: 5), 8)
    #expect(shortLived(10, from: 6, in: &bench) == .inherited(Bench.web))
  }

  /// A process of another owner enters the namespace, and its child becomes an orphan there.
  private func orphan(_ isSeen: Bool, in bench: inout Bench) {
    bench.fork(20, from: 7)
    bench.fork(21, from: 20)
    bench.parents[21] = 6
    if !isSeen { bench.owners[21] = nil }
    bench.exit(20)
  }

  @Test(
    "While a container has adopted another owner's orphan, a short-lived child of the adopter is unresolved",
    arguments: [false, true])
  func entered(isSeen: Bool) {
    var bench = bench(Bench.web, Bench.db, Self.host)
    #expect(shortLived(10, from: 6, in: &bench) == .inherited(Bench.web))
    // Also where it has ended before its new parent could be read.
    orphan(isSeen, in: &bench)
    #expect(shortLived(11, from: 6, in: &bench) == .unresolved(.moved))
    bench.exit(21)
    #expect(shortLived(12, from: 6, in: &bench) == .inherited(Bench.web))
  }

  @Test(
    "An orphan of a container with its own PID namespace changes nothing for other containers, and costs no read of /proc"
  )
  func ownOrphan() {
    var bench = bench(Bench.web, Bench.db, Self.first)
    let looks = bench.looks
    orphan(false, in: &bench)
    #expect(bench.looks == looks)
    #expect(shortLived(11, from: 6, in: &bench) == .inherited(Bench.web))
  }

  @Test(
    "When what started containers has ended, their processes are systemd's children, and it has children of theirs"
  )
  func starterKilled() {
    var bench = bench(Bench.web, Bench.db, Self.first)
    bench.fork(30, from: 1)
    bench.time += Bench.millisecond
    bench.exit(30)
    #expect(bench.record(of: 30, before: 1) == .exited(.host(unit: nil)))
    for pid in [6, 7] as [Int32] { bench.parents[pid] = 1 }
    bench.exit(5)
    #expect(shortLived(31, from: 1, in: &bench) == .unresolved(.moved))
    for pid in [6, 7] as [Int32] { bench.exit(pid) }
    bench.tell(.fork(parent: 1), 32)
    #expect(bench.record(of: 32) == .inherited(.host(unit: nil)))
  }

  @Test(
    "A process that a host's process may have made gives its children no container in which it was not seen")
  func madeBeforeMove() {
    var bench = bench(Bench.web, Bench.db, Self.first)
    for pid in [6, 7] as [Int32] { bench.parents[pid] = 1 }
    bench.exit(5)
    bench.tell(.fork(parent: 1), 10)
    let forked = bench.time
    bench.time += 10 * Bench.millisecond
    bench.owners[10] = Bench.db
    bench.starts[10] = forked
    #expect(bench.record(of: 10) == .owner(Bench.db))
    bench.time = forked
    bench.tell(.fork(parent: 10), 11, after: 20)
    bench.tell(.exit, 11)
    #expect(bench.record(of: 11, before: 21) == .unresolved(.moved))
  }

  @Test(
    "An orphan that may have been moved into a container, and was not seen since, may make siblings there")
  func orphanOfStarter() {
    var bench = bench(Bench.web, Bench.db, Self.first)
    bench.fork(20, from: 5)
    bench.tell(.fork(parent: 20), 21)
    let began = bench.time
    bench.exit(20)
    // All that /proc says of it is who its parent is.
    bench.table.found(
      ProcessReading(owner: nil, began: began, parent: 1, threads: 1, asked: bench.time...bench.time), of: 21)
    #expect(shortLived(22, from: 1, in: &bench) == .unresolved(.moved))
    bench.tell(.exit, 21)
    #expect(shortLived(23, from: 1, in: &bench) == .inherited(.host(unit: nil)))
  }

  @Test("Children of a process whose maker is unknown are unresolved until it is seen itself")
  func grandchild() {
    var bench = bench(Self.pause, Bench.web, Self.visitor)
    bench.tell(.fork(parent: 6), 10)
    bench.tell(.fork(parent: 10), 11)
    bench.tell(.exit, 11)
    #expect(bench.record(of: 11, before: 1) == .unresolved(.moved))
    // Later it is seen.
    bench.starts[10] = bench.time - 3 * Bench.millisecond
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10)
    #expect(shortLived(12, from: 10, in: &bench) == .inherited(Bench.web))
  }

  @Test("A child of such a first process that is in no container's cgroup is unresolved")
  func ambiguous() {
    var bench = bench(Self.pause, Bench.web, Self.visitor)
    bench.owners[10] = Bench.sshd
    bench.tell(.fork(parent: 6), 10)
    #expect(bench.record(of: 10) == .unresolved(.moved))
  }

  @Test("Ordinary processes of a container cost no read of /proc, however many there are")
  func cost() {
    var bench = bench(Bench.web, Bench.db, Self.first)
    let looks = bench.looks
    for pid in 100..<1100 as Range<Int32> {
      bench.tell(.fork(parent: 6), pid)
      bench.tell(.fork(parent: pid), pid + 2000)
      bench.tell(.exec, pid + 2000)
      bench.tell(.exit, pid + 2000)
      bench.tell(.exit, pid)
    }
    #expect(bench.looks == looks)
  }

  @Test("A process of the host costs one read of /proc for its fork, also if that comes too late for itself")
  func costOfHost() {
    var bench = Bench(running: [5: Bench.sshd])
    for pid in 100..<200 as Range<Int32> {
      bench.fork(pid, from: 5)
      bench.exit(pid)
    }
    #expect(bench.looks == 100)
    for pid in 200..<300 as Range<Int32> {
      bench.tell(.fork(parent: 5), pid)
      bench.tell(.exit, pid)
    }
    #expect(bench.looks == 200)
  }
}
