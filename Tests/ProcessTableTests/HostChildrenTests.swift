import Cgroups
import Testing

/// Children of the host's processes that start no containers: their parent is looked up for all of them.
@Suite struct HostChildrenTests {
  @Test(
    "Children of one of the host that are told together cost one lookup, that of their parent, and are in its unit"
  )
  func together() {
    var bench = Bench(running: [20: Bench.sshd])
    let children: [Int32] = Array(30..<40)
    for pid in children { bench.owners[pid] = Bench.sshd }
    bench.tellTogether(children.map { (.fork(parent: 20), $0) })
    #expect(bench.looks == 1)
    bench.tellTogether(children.map { (.exit, $0) })
    #expect(bench.looks == 1)
    for pid in children { #expect(bench.record(of: pid, before: 10) == .inherited(Bench.sshd)) }
  }

  @Test(
    "A child whose parent was moved into a container at a time that is not known is no process of the host")
  func movedParent() {
    var bench = Bench(running: [20: Bench.sshd])
    bench.owners[20] = Bench.web
    bench.tellTogether([(.fork(parent: 20), 30), (.exit, 30)])
    #expect(bench.record(of: 30, before: 1) == .unresolved(.moved))
    bench.owners[31] = Bench.web
    bench.tellTogether([(.fork(parent: 20), 31)])
    #expect(bench.record(of: 31) == .inherited(Bench.web))
  }

  @Test("Where the parent has ended, the child is looked up")
  func endedParent() {
    var bench = Bench(running: [20: Bench.sshd])
    bench.owners[20] = nil
    bench.owners[30] = .host(unit: "session-1.scope")
    bench.starts[30] = bench.time
    bench.tellTogether([(.fork(parent: 20), 30), (.exit, 20)])
    bench.exit(30)
    #expect(bench.record(of: 30, before: 1) == .exited(.host(unit: "session-1.scope")))
  }

  @Test(
    "The unit of a child is not claimed where its parent came into that after the fork, or has left it since")
  func changedUnit() {
    let session = ProcessOwner.host(unit: "session-1.scope")
    var bench = Bench(running: [20: Bench.sshd])
    bench.owners[20] = session
    bench.tellTogether([(.fork(parent: 20), 30), (.fork(parent: 20), 31), (.exit, 30), (.exit, 31)])
    #expect(bench.record(of: 30, before: 2) == .inherited(.host(unit: nil)))
    #expect(bench.record(of: 31, before: 2) == .inherited(.host(unit: nil)))
    bench.tellTogether([(.fork(parent: 20), 32), (.exit, 32)])
    #expect(bench.record(of: 32, before: 1) == .inherited(session))
  }

  @Test("What the machine's first process makes is looked up itself, for systemd moves it")
  func firstProcess() {
    var bench = Bench(running: [1: .host(unit: "init.scope")])
    bench.owners[30] = .host(unit: "nginx.service")
    bench.starts[30] = bench.time
    bench.tellTogether([(.fork(parent: 1), 30)])
    bench.exit(30)
    #expect(bench.record(of: 30, before: 1) == .exited(.host(unit: "nginx.service")))
  }
}
