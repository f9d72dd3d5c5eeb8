import Cgroups
import Testing

/// A container with more processes than the table holds.
@Suite struct CompactProcessSetTests {
  private static let pids: Range<Int32> = 100..<1000

  /// Process 5 fills the table with its children; 6 belongs to another container.
  private func fullTable() -> ProcessTableFixture {
    var fixture = ProcessTableFixture(
      running: [5: ProcessTableFixture.web, 6: ProcessTableFixture.db], maxCount: 64)
    for pid in Self.pids { fixture.fork(pid, from: 5) }
    return fixture
  }

  @Test("If a container fills the table, short-lived processes of another container are still attributed")
  func others() {
    var fixture = fullTable()
    for pid in 2000..<2050 as Range<Int32> {
      fixture.report(.fork(parent: 6), pid)
      fixture.report(.exit, pid)
      #expect(fixture.record(of: pid, before: 1) == .inherited(ProcessTableFixture.db))
    }
    #expect(fixture.table.scanReason == nil)
    #expect(fixture.table.count <= 64)
  }

  @Test("The container's own processes are attributed while they run and after they have ended")
  func own() {
    var fixture = fullTable()
    fixture.time += 2000 * ProcessTableFixture.millisecond
    for pid in Self.pids {
      #expect(fixture.owner(of: pid) == ProcessTableFixture.web)
      fixture.exit(pid)
      #expect(fixture.owner(of: pid, before: 1) == ProcessTableFixture.web)
    }
    #expect(fixture.table.count <= 64)
  }

  @Test("Their children are attributed, even those that could not be read")
  func children() {
    var fixture = fullTable()
    fixture.time += 2000 * ProcessTableFixture.millisecond
    for pid in Self.pids {
      let child = pid + 10_000
      fixture.report(.fork(parent: pid), child)
      fixture.report(.exit, child)
      #expect(fixture.owner(of: child, before: 1) == ProcessTableFixture.web)
    }
  }

  @Test(
    "After the end of a process its PID belongs to the next one, and a record that either may have made is unresolved"
  )
  func reused() {
    var fixture = fullTable()
    fixture.time += 2000 * ProcessTableFixture.millisecond
    for pid in Self.pids {
      fixture.exit(pid)
      let end = fixture.time
      fixture.report(.fork(parent: 6), pid)
      fixture.report(.exit, pid)
      #expect(fixture.owner(of: pid, before: 1) == ProcessTableFixture.db)
      #expect(
        fixture.table.answer(pid, made: end - ProcessTableFixture.millisecond...fixture.time)
          == .unresolved(.reused))
    }
  }

  @Test("Their threads are still counted: a process whose first thread has ended may still run")
  func threads() {
    var fixture = fullTable()
    fixture.time += 2000 * ProcessTableFixture.millisecond
    for pid in Self.pids.prefix(50) {
      fixture.report(.threadFork, pid)
      fixture.exit(pid)
      fixture.time += ProcessTableFixture.millisecond
      #expect(fixture.owner(of: pid) == ProcessTableFixture.web)
    }
  }

  @Test("Processes from before the first event move into a compact set like later ones")
  func found() {
    var fixture = ProcessTableFixture(maxCount: 64)
    fixture.owners[6] = ProcessTableFixture.db
    for pid in Self.pids { fixture.owners[pid] = ProcessTableFixture.web }
    fixture.scan()
    #expect(fixture.table.count <= 64 && fixture.table.scanReason == nil)
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 6), 2000)
    #expect(fixture.owner(of: 2000) == ProcessTableFixture.db)
  }

  @Test("After a loss of events the processes of a compact set are unknown until they are found again")
  func lost() {
    var fixture = fullTable()
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    let loss = fixture.time
    for pid in Self.pids { fixture.owners[pid] = nil }
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.scan()
    for pid in Self.pids {
      fixture.report(.fork(parent: 6), pid)
      #expect(fixture.table.answer(pid, made: loss + 1...fixture.time) == .unresolved(.reused))
    }
  }

  @Test("If a second container has more processes, its processes move into a compact set")
  func another() {
    var fixture = fullTable()
    for pid in 3000..<4000 as Range<Int32> { fixture.fork(pid, from: 6) }
    fixture.time += 2000 * ProcessTableFixture.millisecond
    for pid in Self.pids { #expect(fixture.owner(of: pid) == ProcessTableFixture.web) }
    for pid in 3000..<4000 as Range<Int32> { #expect(fixture.owner(of: pid) == ProcessTableFixture.db) }
    #expect(fixture.table.count <= 64 && fixture.table.scanReason == nil)
  }
}

extension ProcessTableFixture {
  /// The owner of a record, however it is known.
  fileprivate mutating func owner(of pid: Int32, before milliseconds: Int64 = 0) -> ProcessOwner? {
    switch record(of: pid, before: milliseconds) {
    case .owner(let owner), .inherited(let owner), .exited(let owner): owner
    case .unresolved: nil
    }
  }
}
