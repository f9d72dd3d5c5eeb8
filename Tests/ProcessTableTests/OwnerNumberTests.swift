import ProcessTable
import Testing

import Cgroups

@Suite struct OwnerNumberTests {
  private var owners = OwnerNumbers()

  private static func container(_ number: Int) -> ProcessOwner {
    let digits = String(number, radix: 16)
    return .container(ContainerID(String(repeating: "0", count: 64 - digits.count) + digits)!)
  }

  @Test("Equal owners have the same number, which says what they are")
  mutating func equal() {
    let web = owners.number(of: Self.container(1))
    #expect(owners.number(of: Self.container(1)) == web && owners[web] == Self.container(1))
    #expect(owners.number(of: Self.container(2)) != web)
    #expect(web.isContainer && !web.isRuntime)
    let runtime = owners.number(of: .host(unit: "containerd.service"))
    #expect(!runtime.isContainer && runtime.isRuntime)
    #expect(owners.number(of: .host(unit: nil)) == .unknownUnit)
    #expect(owners.number(of: .host(unit: "init.scope")) == .initScope)
  }

  @Test("Those that are kept keep their number, and another owner gets that of one that is not")
  mutating func kept() {
    let numbers = (0..<10).map { owners.number(of: Self.container($0)) }
    owners.keep(only: [numbers[3]])
    #expect(owners.count == 3 && owners[numbers[3]] == Self.container(3))
    let others = (10..<19).map { owners.number(of: Self.container($0)) }
    #expect(Set(others) == Set(numbers).subtracting([numbers[3]]))
    #expect(others.map { owners[$0] } == (10..<19).map(Self.container))
    #expect(owners[owners.number(of: .host(unit: nil))] == .host(unit: nil))
    #expect(owners[.initScope] == .host(unit: "init.scope"))
  }

  @Test("A process keeps its owner, and its children have it, however many containers come and go")
  func manyContainers() {
    var bench = Bench(running: [5: Bench.web, 6: Bench.sshd])
    for number in 0..<6000 {
      let pid = Int32(100 + number % 100)
      bench.owners[pid] = Self.container(number)
      bench.starts[pid] = bench.time + Bench.millisecond
      bench.tell(.fork(parent: 6), pid)
      bench.tell(.exec, pid)
      bench.tell(.exit, pid)
      bench.owners[pid] = nil
      #expect(bench.record(of: pid, before: 1) == .exited(Self.container(number)))
      bench.table.forget(endedBefore: bench.time)
    }
    #expect(bench.table.owners.count < 5000)
    bench.fork(7, from: 5)
    #expect(bench.record(of: 5) == .owner(Bench.web) && bench.record(of: 7) == .inherited(Bench.web))
  }
}
