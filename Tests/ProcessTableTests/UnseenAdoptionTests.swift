import Cgroups
import ProcessTable
import Testing

/// Orphans of containers that are already children of systemd, while their parent's exit has not been reported.
@Suite struct UnseenAdoptionTests {
  /// Adds the processes 20 and 21 below 7.
  private func fixture() -> ProcessTableFixture {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.scan()
    for (pid, parent) in [(20, 7), (21, 20)] as [(Int32, Int32)] {
      fixture.fork(pid, from: parent)
      fixture.parents[pid] = parent
      fixture.namespaces[pid] = MixedParentTests.host
    }
    return fixture
  }

  @Test(
    "A process that a container's orphan creates as systemd's child before its parent's exit is reported does not belong to the host",
    arguments: [false, true])
  func orphan(hasEnded: Bool) {
    var fixture = fixture()
    fixture.zombies = [20]
    fixture.parents[21] = 1
    if hasEnded { fixture.owners[21] = nil }
    #expect(fixture.shortLived(30, from: 1) == .unresolved(.moved))
    fixture.exit(20)
    fixture.exit(21)
    #expect(fixture.shortLived(31, from: 1) == .inherited(.host(unit: nil)))
  }

  @Test(
    "A short-lived child of systemd is unresolved if systemd adopted a container's process because its starter was killed"
  )
  func starter() {
    var fixture = fixture()
    fixture.zombies = [5]
    fixture.parents[6] = 1
    #expect(fixture.shortLived(30, from: 1) == .unresolved(.moved))
  }

  @Test("A child of an unresolved child of systemd is unresolved, too, unless it is read")
  func grandchild() {
    var fixture = fixture()
    fixture.zombies = [20]
    fixture.parents[21] = 1
    fixture.report(.fork(parent: 1), 30)
    fixture.report(.fork(parent: 30), 31)
    fixture.owners[32] = ProcessTableFixture.db
    fixture.report(.fork(parent: 30), 32)
    #expect(fixture.record(of: 31) == .unresolved(.moved))
    #expect(fixture.record(of: 32) == .owner(ProcessTableFixture.db))
  }

  @Test(
    "A child of systemd that was read in a container does not belong to the host if the reading may have been of another process"
  )
  func misread() {
    var fixture = fixture()
    fixture.owners[30] = ProcessTableFixture.db
    fixture.starts[30] = fixture.time
    fixture.report(.fork(parent: 1), 30, after: 5)
    #expect(fixture.record(of: 30) == .owner(ProcessTableFixture.db))
    let forked = fixture.time - 5 * ProcessTableFixture.millisecond
    fixture.owners[30] = nil
    fixture.table.noteLoss(after: forked, by: fixture.time)
    #expect(fixture.table.answer(30, made: forked...forked) == .unresolved(.exited))
  }

  @Test("Short-lived children of systemd belong to the host while the parents of containers' processes run")
  func running() {
    var fixture = fixture()
    // A child that ended while its parent runs was never a child of systemd.
    fixture.owners[21] = nil
    fixture.threads[5] = 9
    #expect(fixture.shortLived(30, from: 1) == .inherited(.host(unit: nil)))
    // A parent that ends now had no children any more.
    fixture.zombies = [20]
    fixture.exit(21)
    #expect(fixture.shortLived(31, from: 1) == .inherited(.host(unit: nil)))
  }

  @Test("A container's process with several threads may be about to end, so its child is read")
  func threads() {
    var fixture = fixture()
    fixture.threads[20] = 2
    #expect(fixture.shortLived(30, from: 1) == .inherited(.host(unit: nil)))
    fixture.owners[21] = nil
    #expect(fixture.shortLived(31, from: 1) == .unresolved(.moved))
  }

  @Test("The parents are read once for all children of systemd that were created until then")
  func cost() {
    var fixture = fixture()
    let children: [Int32] = Array(30..<40)
    let lookups = fixture.lookups
    fixture.reportTogether(children.map { (.fork(parent: 1), $0) } + children.map { (.exit, $0) })
    // Each child and systemd are read, and the parents 5, 7 and 20.
    #expect(fixture.lookups - lookups == 20 + 3)
    for pid in children { #expect(fixture.record(of: pid, before: 10) == .inherited(.host(unit: nil))) }
    // A new parent is read, too, because it may have left an orphan by then.
    let start = fixture.lookups
    fixture.reportTogether([(.fork(parent: 21), 22), (.fork(parent: 1), 40), (.exit, 40)])
    #expect(fixture.lookups - start == 2 + 4)
  }

  @Test("If there are too many parents, they are not read for each child")
  func many() {
    var fixture = fixture()
    for pid in 100..<400 as Range<Int32> {
      fixture.fork(pid, from: 20)
      fixture.fork(pid + 1000, from: pid)
    }
    let lookups = fixture.lookups
    #expect(fixture.shortLived(30, from: 1) == .unresolved(.moved))
    #expect(fixture.lookups == lookups + 1)
  }
}
