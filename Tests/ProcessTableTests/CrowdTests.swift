import Cgroups
import Testing

/// A container with more processes than the table holds.
@Suite struct CrowdTests {
  private static let crowd: Range<Int32> = 100..<1000

  /// Process 5 fills the table with its children; 6 is another container's.
  private func crowded() -> Bench {
    var bench = Bench(running: [5: Bench.web, 6: Bench.db], most: 64)
    for pid in Self.crowd { bench.fork(pid, from: 5) }
    return bench
  }

  @Test("A container that fills the table takes no name from the short-lived processes of another")
  func others() {
    var bench = crowded()
    for pid in 2000..<2050 as Range<Int32> {
      bench.tell(.fork(parent: 6), pid)
      bench.tell(.exit, pid)
      #expect(bench.record(of: pid, before: 1) == .inherited(Bench.db))
    }
    #expect(bench.table.needsScan == nil)
    #expect(bench.table.count <= 64)
  }

  @Test("Its own processes keep their names, while they run and when they have ended")
  func own() {
    var bench = crowded()
    bench.time += 2000 * Bench.millisecond
    for pid in Self.crowd {
      #expect(bench.owner(of: pid) == Bench.web)
      bench.exit(pid)
      #expect(bench.owner(of: pid, before: 1) == Bench.web)
    }
    #expect(bench.table.count <= 64)
  }

  @Test("What they make is theirs, also if nobody could look at it")
  func children() {
    var bench = crowded()
    bench.time += 2000 * Bench.millisecond
    for pid in Self.crowd {
      let child = pid + 10_000
      bench.tell(.fork(parent: pid), child)
      bench.tell(.exit, child)
      #expect(bench.owner(of: child, before: 1) == Bench.web)
    }
  }

  @Test("The PID of one that ended is the next one's, and a record that either may have made is nobody's")
  func reused() {
    var bench = crowded()
    bench.time += 2000 * Bench.millisecond
    for pid in Self.crowd {
      bench.exit(pid)
      let end = bench.time
      bench.tell(.fork(parent: 6), pid)
      bench.tell(.exit, pid)
      #expect(bench.owner(of: pid, before: 1) == Bench.db)
      #expect(bench.table.answer(pid, made: end - Bench.millisecond...bench.time) == .unresolved(.reused))
    }
  }

  @Test("Their threads are counted on: one whose first thread has ended is not over")
  func threads() {
    var bench = crowded()
    bench.time += 2000 * Bench.millisecond
    for pid in Self.crowd.prefix(50) {
      bench.tell(.threadFork, pid)
      bench.exit(pid)
      bench.time += Bench.millisecond
      #expect(bench.owner(of: pid) == Bench.web)
    }
  }

  @Test("Those that were there before the events are as many of one as those that were made since")
  func found() {
    var bench = Bench(most: 64)
    bench.owners[6] = Bench.db
    for pid in Self.crowd { bench.owners[pid] = Bench.web }
    bench.scan()
    #expect(bench.table.count <= 64 && bench.table.needsScan == nil)
    bench.time += 100 * Bench.millisecond
    bench.tell(.fork(parent: 6), 2000)
    #expect(bench.owner(of: 2000) == Bench.db)
  }

  @Test("After a loss of events they are known no more, until they are found again")
  func lost() {
    var bench = crowded()
    bench.table.lost(after: bench.time, by: bench.time)
    let loss = bench.time
    for pid in Self.crowd { bench.owners[pid] = nil }
    bench.time += 100 * Bench.millisecond
    bench.scan()
    for pid in Self.crowd {
      bench.tell(.fork(parent: 6), pid)
      #expect(bench.table.answer(pid, made: loss + 1...bench.time) == .unresolved(.reused))
    }
  }

  @Test("Where a second container has more, that one yields")
  func another() {
    var bench = crowded()
    for pid in 3000..<4000 as Range<Int32> { bench.fork(pid, from: 6) }
    bench.time += 2000 * Bench.millisecond
    for pid in Self.crowd { #expect(bench.owner(of: pid) == Bench.web) }
    for pid in 3000..<4000 as Range<Int32> { #expect(bench.owner(of: pid) == Bench.db) }
    #expect(bench.table.count <= 64 && bench.table.needsScan == nil)
  }
}

extension Bench {
  /// Whose a record is, however that is known.
  fileprivate mutating func owner(of pid: Int32, before milliseconds: Int64 = 0) -> ProcessOwner? {
    switch record(of: pid, before: milliseconds) {
    case .owner(let owner), .inherited(let owner), .exited(let owner): owner
    case .unresolved: nil
    }
  }
}
