import Cgroups
import Testing

@Suite struct OwnerNumberTests {
  private var owners = OwnerNumbers()

  private static func container(_ number: Int) -> ProcessOwner {
    let digits = String(number, radix: 16)
    return .container(ContainerID(String(repeating: "0", count: 64 - digits.count) + digits)!)
  }

  @Test("Equal owners have the same number, which shows their kind")
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

  @Test("Owners that are kept keep their number, and new owners get the numbers of those that are not")
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
}
