import ProcessTable
import Testing

/// Processes of a container in the host's PID namespace that have entered another container's, where their orphans get its first process
/// for a parent.
@Suite struct EntrantTests {
  /// A child that ends before it can be read of in /proc.
  private func shortLived(_ pid: Int32, from parent: Int32, in bench: inout Bench) -> ProcessTable.Attribution
  {
    bench.tell(.fork(parent: parent), pid)
    bench.tell(.exit, pid)
    return bench.record(of: pid, before: 1)
  }

  /// 5: the runtime. 6: the first process of a container. 7: of another one, which is in the host's PID namespace.
  private func bench() -> Bench {
    var bench = Bench()
    bench.owners = [1: .host(unit: "init.scope"), 5: Bench.runtime, 6: Bench.web, 7: Bench.db]
    bench.parents = [5: 1, 6: 5, 7: 5]
    bench.namespaces = [6: MixedParentTests.first, 7: MixedParentTests.host]
    return bench
  }

  @Test("The orphans of an entrant that was first read in the other namespace are followed")
  func readInOtherNamespace() {
    var bench = bench()
    bench.scan()
    // It was made by the runtime and read late, so that the owner of its first child is not known from it.
    bench.owners[8] = Bench.db
    bench.namespaces[8] = MixedParentTests.host
    bench.starts[8] = bench.time + Bench.millisecond
    bench.tell(.fork(parent: 5), 8, after: 20)
    bench.time -= 10 * Bench.millisecond
    bench.owners[20] = Bench.db
    bench.namespaces[20] = MixedParentTests.visitor
    bench.starts[20] = bench.time + Bench.millisecond
    bench.tell(.fork(parent: 8), 20)
    bench.time += 20 * Bench.millisecond
    bench.fork(21, from: 20)
    bench.parents[21] = 6
    bench.exit(20)
    #expect(shortLived(11, from: 6, in: &bench) == .unresolved(.moved))
    bench.exit(21)
    #expect(shortLived(12, from: 6, in: &bench) == .inherited(Bench.web))
  }

  @Test("An orphan whose parent ended after it was read, and before that was applied, has an unknown parent")
  func endedWhileScanned() {
    var bench = bench()
    bench.owners.merge([20: Bench.db, 21: Bench.db]) { $1 }
    bench.parents.merge([20: 7, 21: 20]) { $1 }
    for pid in [20, 21] as [Int32] { bench.namespaces[pid] = MixedParentTests.visitor }
    bench.scan { bench in
      bench.parents[21] = 6
      bench.exit(20)
    }
    #expect(shortLived(11, from: 6, in: &bench) == .unresolved(.moved))
  }

  @Test(
    "Whether a namespace's first process made a short-lived child before all were found shows when they are: it did if no container is in the host's namespace",
    arguments: [false, true])
  func start(hasEntrant: Bool) {
    var bench = bench()
    if !hasEntrant { bench.namespaces[7] = MixedParentTests.first }
    bench.tell(.exec, 6)
    var began: [Int32: Int64] = [:]
    // A child of such a child is no better.
    for (pid, parent) in [(10, 6), (11, 6), (12, 11)] as [(Int32, Int32)] {
      bench.tell(.fork(parent: parent), pid)
      began[pid] = bench.time
    }
    for pid in began.keys {
      bench.tell(.exit, pid)
      #expect(bench.table.answer(pid, made: began[pid]!...began[pid]!) == .unresolved(.moved))
    }
    bench.scan()
    for pid in began.keys {
      let answer = bench.table.answer(pid, made: began[pid]!...began[pid]!)
      #expect(answer == (hasEntrant ? .unresolved(.moved) : .inherited(Bench.web)))
    }
    #expect(shortLived(13, from: 6, in: &bench) == .inherited(Bench.web))
  }

  @Test(
    "After a loss a namespace's first process may have adopted an orphan, if a container is in the host's namespace",
    arguments: [false, true])
  func adoptedUnseen(hasEntrant: Bool) {
    var bench = bench()
    if !hasEntrant { bench.namespaces[7] = MixedParentTests.first }
    bench.scan()
    bench.table.lost(after: bench.time, by: bench.time + Bench.millisecond)
    bench.time += 2 * Bench.millisecond
    // The parent counts as ended, and is read for this child, which cannot be read.
    bench.tell(.fork(parent: 6), 11)
    bench.time += 50 * Bench.millisecond
    #expect(bench.record(of: 11) == (hasEntrant ? .unresolved(.moved) : .inherited(Bench.web)))
  }

  @Test("A child that was made before all were found, and lives, is looked at, and its siblings with it")
  func startedEarly() {
    var bench = bench()
    bench.tell(.exec, 6)
    bench.tell(.fork(parent: 6), 9)
    bench.starts[9] = bench.time
    bench.owners[9] = Bench.web
    #expect(bench.record(of: 9) == .owner(Bench.web))
    bench.exit(9)
    bench.tell(.fork(parent: 6), 10)
    bench.scan()
    #expect(shortLived(11, from: 6, in: &bench) == .unresolved(.moved))
    bench.starts[10] = bench.time - 3 * Bench.millisecond
    bench.owners[10] = Bench.web
    #expect(bench.record(of: 10) == .owner(Bench.web))
    #expect(shortLived(12, from: 6, in: &bench) == .inherited(Bench.web))
  }

  /// 20 has entered a container's namespace, and has made 21.
  private func entered() -> Bench {
    var bench = bench()
    bench.scan()
    bench.fork(20, from: 7)
    bench.namespaces[20] = MixedParentTests.visitor
    bench.fork(21, from: 20)
    bench.namespaces[21] = MixedParentTests.visitor
    bench.parents[21] = 20
    return bench
  }

  @Test(
    "An orphan that makes siblings before its parent's exit is reported makes none of the other container's")
  func beforeExit() {
    var bench = entered()
    bench.parents[21] = 6
    #expect(shortLived(11, from: 6, in: &bench) == .unresolved(.moved))
    // Or it has ended before it can be read.
    bench = entered()
    bench.owners[21] = nil
    #expect(shortLived(12, from: 6, in: &bench) == .unresolved(.moved))
    bench.exit(21)
    #expect(shortLived(13, from: 6, in: &bench) == .inherited(Bench.web))
  }

  @Test(
    "What has entered a namespace, and is another's child there, takes nothing from the children of its first process"
  )
  func childOfEntrant() {
    var bench = entered()
    #expect(shortLived(11, from: 6, in: &bench) == .inherited(Bench.web))
    // Nor does an orphan of it in one namespace from those of another.
    bench.owners[9] = MixedParentTests.pause
    bench.namespaces[9] = MixedParentTests.first
    bench.starts[9] = bench.time + Bench.millisecond
    bench.tell(.fork(parent: 5), 9)
    bench.parents[21] = 6
    #expect(shortLived(12, from: 9, in: &bench) == .inherited(MixedParentTests.pause))
    let looks = bench.looks
    #expect(shortLived(13, from: 9, in: &bench) == .inherited(MixedParentTests.pause))
    #expect(bench.looks == looks)
  }

  @Test("Too many processes that may be orphans are not looked at for each child")
  func manyVisitors() {
    var bench = entered()
    for pid in 100..<200 as Range<Int32> {
      bench.fork(pid, from: 20)
      bench.namespaces[pid] = MixedParentTests.visitor
      bench.parents[pid] = 20
    }
    let looks = bench.looks
    #expect(shortLived(11, from: 6, in: &bench) == .unresolved(.moved))
    #expect(bench.looks - looks < 12)
  }

  @Test(
    "Processes in the host's PID namespace cost one read of /proc at most, and that for a child of another namespace's first one"
  )
  func cost() {
    var bench = bench()
    bench.scan()
    let looks = bench.looks
    bench.fork(20, from: 7)
    for pid in 100..<200 as Range<Int32> {
      bench.fork(pid, from: 20)
      bench.namespaces[pid] = MixedParentTests.host
      bench.parents[pid] = 20
    }
    #expect(bench.looks == looks)
    for pid in 1000..<1100 as Range<Int32> {
      #expect(shortLived(pid, from: 7, in: &bench) == .inherited(Bench.db))
    }
    #expect(bench.looks == looks)
    for pid in 2000..<2100 as Range<Int32> { _ = shortLived(pid, from: 6, in: &bench) }
    #expect(shortLived(3000, from: 6, in: &bench) == .inherited(Bench.web))
  }

  @Test(
    "Children that an entrant made before its container was known to be in the host's namespace are followed, too"
  )
  func foundLate() {
    var bench = bench()
    bench.owners[7] = nil
    bench.scan()
    // Nothing was read of the namespace of the container's first process.
    bench.owners[8] = Bench.db
    bench.starts[8] = bench.time + Bench.millisecond
    bench.tell(.fork(parent: 5), 8)
    bench.fork(20, from: 8)
    bench.fork(21, from: 20)
    bench.namespaces[8] = MixedParentTests.host
    bench.owners[9] = Bench.db
    bench.namespaces[9] = MixedParentTests.host
    bench.starts[9] = bench.time + Bench.millisecond
    bench.tell(.fork(parent: 5), 9)
    bench.parents[21] = 6
    bench.exit(20)
    #expect(shortLived(11, from: 6, in: &bench) == .unresolved(.moved))
  }
}
