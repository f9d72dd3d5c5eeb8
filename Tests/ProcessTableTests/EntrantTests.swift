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
    "Until all processes have been found, a short-lived child of a namespace's first process is unresolved")
  func start() {
    var bench = bench()
    bench.tell(.exec, 6)
    #expect(shortLived(10, from: 6, in: &bench) == .unresolved(.moved))
    bench.scan()
    #expect(shortLived(11, from: 6, in: &bench) == .inherited(Bench.web))
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
