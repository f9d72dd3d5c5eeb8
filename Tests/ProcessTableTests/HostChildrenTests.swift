import Cgroups
import Testing

/// Children of host processes that start no containers: one lookup of the parent is enough for all of them.
@Suite struct HostChildrenTests {
  @Test(
    "Children of a host process that are reported together cost one lookup, of their parent, and belong to its unit"
  )
  func together() {
    var fixture = ProcessTableFixture(running: [20: ProcessTableFixture.sshd])
    let children: [Int32] = Array(30..<40)
    for pid in children { fixture.owners[pid] = ProcessTableFixture.sshd }
    fixture.reportTogether(children.map { (.fork(parent: 20), $0) })
    #expect(fixture.lookups == 1)
    fixture.reportTogether(children.map { (.exit, $0) })
    #expect(fixture.lookups == 1)
    for pid in children {
      #expect(fixture.record(of: pid, before: 10) == .inherited(ProcessTableFixture.sshd))
    }
  }

  @Test(
    "If a parent was moved into a container at an unknown time, its child is not attributed to the host")
  func movedParent() {
    var fixture = ProcessTableFixture(running: [20: ProcessTableFixture.sshd])
    fixture.owners[20] = ProcessTableFixture.web
    fixture.reportTogether([(.fork(parent: 20), 30), (.exit, 30)])
    #expect(fixture.record(of: 30, before: 1) == .unresolved(.moved))
    fixture.owners[31] = ProcessTableFixture.web
    fixture.reportTogether([(.fork(parent: 20), 31)])
    #expect(fixture.record(of: 31) == .inherited(ProcessTableFixture.web))
  }

  @Test("If the parent has ended, the child is read")
  func endedParent() {
    var fixture = ProcessTableFixture(running: [20: ProcessTableFixture.sshd])
    fixture.owners[20] = nil
    fixture.owners[30] = .host(unit: "session-1.scope")
    fixture.starts[30] = fixture.time
    fixture.reportTogether([(.fork(parent: 20), 30), (.exit, 20)])
    fixture.exit(30)
    #expect(fixture.record(of: 30, before: 1) == .exited(.host(unit: "session-1.scope")))
  }

  @Test(
    "The unit of a child is left out if its parent entered that unit after the fork, or has left it since")
  func changedUnit() {
    let session = ProcessOwner.host(unit: "session-1.scope")
    var fixture = ProcessTableFixture(running: [20: ProcessTableFixture.sshd])
    fixture.owners[20] = session
    fixture.reportTogether([(.fork(parent: 20), 30), (.fork(parent: 20), 31), (.exit, 30), (.exit, 31)])
    #expect(fixture.record(of: 30, before: 2) == .inherited(.host(unit: nil)))
    #expect(fixture.record(of: 31, before: 2) == .inherited(.host(unit: nil)))
    fixture.reportTogether([(.fork(parent: 20), 32), (.exit, 32)])
    #expect(fixture.record(of: 32, before: 1) == .inherited(session))
  }

  @Test("A child of PID 1 is read itself, because systemd moves it")
  func firstProcess() {
    var fixture = ProcessTableFixture(running: [1: .host(unit: "init.scope")])
    fixture.owners[30] = .host(unit: "nginx.service")
    fixture.starts[30] = fixture.time
    fixture.reportTogether([(.fork(parent: 1), 30)])
    fixture.exit(30)
    #expect(fixture.record(of: 30, before: 1) == .exited(.host(unit: "nginx.service")))
  }
}
