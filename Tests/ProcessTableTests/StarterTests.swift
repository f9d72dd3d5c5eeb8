import ProcessEvents
import ProcessTable
import Testing

/// Which processes' forks are worth an immediate lookup.
@Suite struct StarterTests {
  private func starters(_ bench: inout Bench) -> [UInt32]? { bench.table.changedStarters()?.bounds }

  @Test("The processes of a container runtime are known from the first scan, and returned once")
  func runtime() {
    var bench = Bench(running: [5: Bench.runtime, 10: Bench.web, 20: Bench.sshd])
    #expect(starters(&bench) == [5, 6])
    #expect(starters(&bench) == nil)
    bench.fork(21, from: 20)
    bench.fork(11, from: 10)
    #expect(starters(&bench) == nil)
  }

  @Test(
    "What one makes is one, too, as soon as nothing is about to be moved any more, and as long as it runs")
  func children() {
    var bench = Bench(running: [5: Bench.runtime])
    #expect(starters(&bench) == [5, 6])
    bench.fork(8, from: 5)
    bench.fork(10, from: 8)
    // All is read at once meanwhile.
    #expect(bench.table.looksAgain && starters(&bench) == nil)
    bench.owners[10] = Bench.web
    bench.lookAgain()
    bench.time += ProcessTable.soonTime
    bench.lookAgain()
    #expect(starters(&bench) == [5, 6, 8, 9])
    bench.exit(8)
    #expect(starters(&bench) == nil)
    bench.fork(9, from: 5)
    bench.exit(9)
    bench.lookAgain()
    #expect(starters(&bench) == [5, 6])
  }

  @Test("One whose child is found in a container is one, and those above it")
  func found() {
    var bench = Bench(running: [5: Bench.sshd])
    bench.fork(6, from: 5)
    bench.fork(7, from: 6)
    #expect(starters(&bench) == [])
    bench.owners[7] = Bench.web
    bench.tell(.exec, 7)
    #expect(starters(&bench) == [5, 7])
  }

  @Test("After a loss of events those that were known stay until all have been found again")
  func loss() {
    var bench = Bench(running: [5: Bench.runtime, 6: Bench.runtime])
    #expect(starters(&bench) == [5, 7])
    bench.table.lost(after: bench.time, by: bench.time)
    bench.owners[7] = Bench.runtime
    bench.time += Bench.millisecond
    #expect(starters(&bench) == nil)
    bench.scan()
    #expect(starters(&bench) == [5, 8])
  }

  @Test("Ranges cover their IDs, and where there would be too many the closest IDs share one")
  func ranges() {
    #expect(ProcessIDRanges(of: [7, 5, 6, 5, 9]).bounds == [5, 8, 9, 10])
    #expect(ProcessIDRanges(of: [5, 7, 20, 22, 100], maxCount: 3).bounds == [5, 8, 20, 23, 100, 101])
    #expect(ProcessIDRanges(of: [5, 7, 20, 22, 100], maxCount: 1).bounds == [5, 101])
    #expect(ProcessIDRanges(of: [] as [Int32]).bounds == [])
    let pids = (0..<1000).map { Int32(1 + $0 * $0 % 7919 * 13) }
    let ranges = ProcessIDRanges(of: pids)
    #expect(ranges.bounds.count <= 2 * ProcessIDRanges.maxCount && ranges.bounds == ranges.bounds.sorted())
    #expect(pids.allSatisfy { ranges.contains($0) })
    #expect(!ranges.contains(0) && !ranges.contains(pids.max()! + 1))
  }
}

extension ProcessIDRanges {
  /// As the filter has it.
  func contains(_ pid: Int32) -> Bool { bounds.count { $0 <= UInt32(pid) } % 2 == 1 }
}
