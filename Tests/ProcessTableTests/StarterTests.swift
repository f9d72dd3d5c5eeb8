import ProcessEvents
import ProcessTable
import Testing

/// The processes whose forks need an immediate lookup.
@Suite struct StarterTests {
  private func starters(_ fixture: inout ProcessTableFixture) -> [UInt32]? {
    fixture.table.changedStarters()?.bounds
  }

  @Test("The processes of a container runtime are known from the first scan, and returned once")
  func runtime() {
    var fixture = ProcessTableFixture(running: [
      5: ProcessTableFixture.runtime, 10: ProcessTableFixture.web, 20: ProcessTableFixture.sshd,
    ])
    #expect(starters(&fixture) == [5, 6])
    #expect(starters(&fixture) == nil)
    fixture.fork(21, from: 20)
    fixture.fork(11, from: 10)
    #expect(starters(&fixture) == nil)
  }

  @Test(
    "A child of a starter is one, too, once no process is about to be moved, and for as long as it runs")
  func children() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime])
    #expect(starters(&fixture) == [5, 6])
    fixture.fork(8, from: 5)
    fixture.fork(10, from: 8)
    // Meanwhile each event is read at once.
    #expect(fixture.table.hasPendingRechecks && starters(&fixture) == nil)
    fixture.owners[10] = ProcessTableFixture.web
    fixture.recheck()
    fixture.time += ProcessTable.recheckTime
    fixture.recheck()
    #expect(starters(&fixture) == [5, 6, 8, 9])
    fixture.exit(8)
    #expect(starters(&fixture) == nil)
    fixture.fork(9, from: 5)
    fixture.exit(9)
    fixture.recheck()
    #expect(starters(&fixture) == [5, 6])
  }

  @Test("A process with a child that is found in a container is a starter, and so are its ancestors")
  func found() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    fixture.fork(6, from: 5)
    fixture.fork(7, from: 6)
    #expect(starters(&fixture) == [])
    fixture.owners[7] = ProcessTableFixture.web
    fixture.report(.exec, 7)
    #expect(starters(&fixture) == [5, 7])
  }

  @Test("After a loss of events the known starters are kept until all processes have been found again")
  func loss() {
    var fixture = ProcessTableFixture(running: [
      5: ProcessTableFixture.runtime, 6: ProcessTableFixture.runtime,
    ])
    #expect(starters(&fixture) == [5, 7])
    fixture.table.noteLoss(after: fixture.time, by: fixture.time)
    fixture.owners[7] = ProcessTableFixture.runtime
    fixture.time += ProcessTableFixture.millisecond
    #expect(starters(&fixture) == nil)
    fixture.scan()
    #expect(starters(&fixture) == [5, 8])
  }

  @Test("Ranges cover their IDs, and if there would be too many ranges, the closest IDs share one")
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

  @Test(
    "A host process is no starter because a process of a container has a parent with the PID that it had before"
  )
  func reusedPID() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.runtime, 7: ProcessTableFixture.sshd])
    fixture.fork(10, from: 7)
    fixture.time += 100 * ProcessTableFixture.millisecond
    for (pid, parent) in [(10, 5), (11, 10)] as [(Int32, Int32)] {
      fixture.owners[pid] = ProcessTableFixture.web
      fixture.parents[pid] = parent
      fixture.starts[pid] = fixture.time + 2 * ProcessTableFixture.millisecond
    }
    fixture.time += 4 * ProcessTableFixture.millisecond
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.web))
    fixture.time -= 4 * ProcessTableFixture.millisecond
    fixture.reportTogether([(.exit, 10), (.fork(parent: 5), 10), (.fork(parent: 10), 11)])
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.web))
    #expect(fixture.shortLived(12, from: 7) == .inherited(ProcessTableFixture.sshd))
  }

  @Test("A process is a starter once the fork of its child that was found in a container has been reported")
  func foundBeforeFork() {
    var fixture = ProcessTableFixture(running: [5: ProcessTableFixture.sshd])
    #expect(starters(&fixture) == [])
    fixture.time += 100 * ProcessTableFixture.millisecond
    fixture.owners[6] = ProcessTableFixture.web
    fixture.parents[6] = 5
    fixture.starts[6] = fixture.time + ProcessTableFixture.millisecond
    fixture.time += 4 * ProcessTableFixture.millisecond
    fixture.scan()
    fixture.time -= 4 * ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 6)
    #expect(starters(&fixture) == [5, 6])
  }
}

extension ProcessIDRanges {
  /// Evaluates the ranges as the socket's filter does.
  func contains(_ pid: Int32) -> Bool { bounds.count { $0 <= UInt32(pid) } % 2 == 1 }
}
