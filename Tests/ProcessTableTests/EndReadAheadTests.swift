import ProcessEvents
import ProcessTable
import Testing

/// Processes whose ends /proc shows while events from before are still waiting: until those have been applied, they count as running.
///
/// Throughout, 21 is a process of a container in the host's PID namespace, and its parent 20 is in the namespace whose first process is 6.
@Suite struct EndReadAheadTests {
  /// How the table knows that 6 has adopted 21, or may have.
  enum Adoption: CaseIterable {
    /// 20 has ended, and 21 was read since.
    case seen
    /// 20 has ended, and 21 could not be read since.
    case unread
    /// The exit of 20 has not been reported.
    case unreported
  }

  private func fixture(_ adoption: Adoption = .unreported) -> ProcessTableFixture {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.owners[3] = ProcessTableFixture.sshd
    fixture.scan()
    for (pid, parent) in [(20, 7), (21, 20)] as [(Int32, Int32)] {
      fixture.fork(pid, from: parent)
      fixture.parents[pid] = parent
      fixture.namespaces[pid] = MixedParentTests.entrant
    }
    fixture.parents[21] = 6
    if adoption == .unread { fixture.owners[21] = nil }
    if adoption != .unreported { fixture.exit(20) }
    fixture.time += 100 * ProcessTableFixture.millisecond
    return fixture
  }

  /// Has another process of the host get the PID. Its fork is reported later.
  private func replace(_ pid: Int32, in fixture: inout ProcessTableFixture) {
    fixture.owners[pid] = ProcessTableFixture.sshd
    fixture.starts[pid] = fixture.time + 50 * ProcessTableFixture.millisecond
    fixture.parents[pid] = 3
    fixture.namespaces[pid] = nil
  }

  /// Scans all processes, although the events of the last 60 milliseconds are to follow.
  private func scanAhead(_ fixture: inout ProcessTableFixture) {
    fixture.time += 60 * ProcessTableFixture.millisecond
    fixture.scan()
    fixture.time -= 60 * ProcessTableFixture.millisecond
  }

  @Test(
    "A sibling of an adopted process is not of its parent's container if another process already has the adopted one's PID",
    arguments: Adoption.allCases, [false, true])
  func replaced(_ adoption: Adoption, isScanned: Bool) {
    var fixture = fixture(adoption)
    replace(21, in: &fixture)
    if isScanned { scanAhead(&fixture) }
    fixture.reportTogether([(.fork(parent: 6), 30), (.exit, 21), (.exit, 30)])
    #expect(fixture.record(of: 30, before: 1) == .unresolved(.moved))
    // From here on, it has ended.
    fixture.time += 60 * ProcessTableFixture.millisecond
    #expect(fixture.shortLived(31, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test("A child in a shared PID namespace is unresolved if another process already has its parent's PID")
  func replacedParent() {
    var fixture = fixture()
    // A container of the same pod.
    fixture.owners[8] = MixedParentTests.pause
    fixture.parents[8] = 5
    fixture.namespaces[8] = MixedParentTests.entrant
    fixture.scan()
    fixture.exit(20)
    fixture.exit(21)
    #expect(fixture.shortLived(30, from: 6) == .unresolved(.moved))
    replace(6, in: &fixture)
    scanAhead(&fixture)
    fixture.reportTogether([(.fork(parent: 6), 31), (.exit, 31), (.exit, 6)])
    #expect(fixture.record(of: 31, before: 2) == .unresolved(.moved))
  }

  /// 20 and 21 began before the first scan, so their threads are not counted, and the exit of their first thread is read in /proc.
  private func uncounted(adopter: Int32) -> ProcessTableFixture {
    var fixture = ProcessTableFixture.withHostPIDContainer
    for pid in [20, 21] as [Int32] {
      fixture.owners[pid] = ProcessTableFixture.db
      fixture.namespaces[pid] = MixedParentTests.entrant
    }
    fixture.parents[20] = 7
    fixture.parents[21] = adopter
    fixture.scan()
    return fixture
  }

  @Test(
    "A sibling that another thread of an adopted process creates is not of its parent's container, although the process has ended"
  )
  func threads() {
    var fixture = uncounted(adopter: 6)
    fixture.owners[21] = nil
    fixture.reportTogether([(.exit, 21), (.fork(parent: 6), 30), (.exit, 30)])
    #expect(fixture.record(of: 30, before: 1) == .unresolved(.moved))
    #expect(fixture.shortLived(31, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "A sibling that another thread of systemd's new child creates is not the host's, although that child has ended"
  )
  func threadsBelowSystemd() {
    var fixture = uncounted(adopter: 20)
    fixture.zombies = [20]
    fixture.owners[21] = nil
    fixture.reportTogether([(.exit, 21), (.fork(parent: 1), 30), (.exit, 30)])
    #expect(fixture.record(of: 30, before: 1) == .unresolved(.moved))
    fixture.exit(20)
    #expect(fixture.shortLived(31, from: 1) == .inherited(.host(unit: nil)))
  }
}
