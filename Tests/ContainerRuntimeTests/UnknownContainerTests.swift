import Cgroups
import ContainerRuntime
import TestSupport
import Testing

@Suite struct UnknownContainerTests {
  private let a = ContainerDirectoryTests.id(1)
  private let known = ContainerDirectory.Lookup.known(ContainerDirectoryTests.identity(1))
  private var directory = ContainerDirectory()

  /// When a runtime that lists none of the `seen` IDs is asked, within two minutes.
  private func questions(about seen: [(id: ContainerID, at: Int64)]) -> [Int64] {
    var directory = directory
    var asked: [Int64] = []
    var next = seen[...]
    for now in 0..<120_000 as Range<Int64> {
      while let first = next.first, first.at <= now { _ = directory.lookUp(next.removeFirst().id, at: now) }
      if directory.shouldAsk(at: now) {
        asked.append(now)
        _ = directory.listed([], asked: now, at: now)
      }
      _ = directory.expire(at: now)
    }
    return asked
  }

  @Test("Thousands of IDs that the runtime does not list cause no more requests than one")
  func manyUnknown() {
    #expect(
      questions(about: (1...4200).map { (ContainerDirectoryTests.id($0), 0) }) == questions(about: [(a, 0)]))
  }

  @Test("A stream of forged IDs causes one request per second, and requests are rare again after its end")
  func streamOfUnknown() {
    let asked = questions(about: (0..<6000).map { (ContainerDirectoryTests.id($0), Int64($0) * 10) })
    #expect(asked.filter { $0 < 60_000 }.count <= 60 + 6)
    #expect(asked.filter { $0 >= 70_000 }.count <= 6)
  }

  @Test("During a stream of forged IDs, a new container's records have its names within a second")
  mutating func namedInStream() {
    var named: Int64?
    for now in 0..<30_000 as Range<Int64> where named == nil {
      if now % 10 == 0 { _ = directory.lookUp(ContainerDirectoryTests.id(1000 + Int(now)), at: now) }
      if now == 20_005 { #expect(directory.lookUp(a, at: now) == .asking) }
      #expect(!directory.expire(at: now).contains(a))
      guard directory.shouldAsk(at: now) else { continue }
      if directory.listed(now < 20_005 ? [] : [ContainerDirectoryTests.identity(1)], asked: now, at: now) == [
        a
      ] {
        named = now
      }
    }
    #expect(named.map { $0 <= 21_005 } == true)
  }

  @Test("A container that starts while there are too many unknown IDs is requested and named")
  func namedWhenFull() {
    var policy = ContainerDirectory.Policy()
    policy.maxMissing = 10
    var directory = ContainerDirectory(policy: policy)
    for number in 2...11 { _ = directory.lookUp(ContainerDirectoryTests.id(number), at: 0) }
    #expect(directory.shouldAsk(at: 0) == true)
    _ = directory.listed([], asked: 0, at: 0)
    #expect(directory.expire(at: 500).count == 10)
    #expect(directory.lookUp(a, at: 60_000) == .asking)
    #expect(directory.shouldAsk(at: 60_000) == true)
    #expect(directory.listed([ContainerDirectoryTests.identity(1)], asked: 60_000, at: 60_001) == [a])
    #expect(directory.lookUp(a, at: 60_002) == known)
    // The ID that expired first was removed.
    #expect(directory.lookUp(ContainerDirectoryTests.id(3), at: 60_002) == .notFound)
    #expect(directory.lookUp(ContainerDirectoryTests.id(2), at: 60_002) == .asking)
  }

  @Test("While records wait for the maximum number of IDs, the next answer names a new container")
  func namedWhenAllWait() {
    var policy = ContainerDirectory.Policy()
    policy.maxMissing = 10
    var directory = ContainerDirectory(policy: policy)
    for number in 2...11 { _ = directory.lookUp(ContainerDirectoryTests.id(number), at: 0) }
    #expect(directory.shouldAsk(at: 0) == true)
    #expect(directory.lookUp(a, at: 10) == .notFound)
    #expect(directory.nextDeadline.map { $0 <= 30 } == true)
    #expect(directory.shouldAsk(at: 30) == true)
    _ = directory.listed([ContainerDirectoryTests.identity(1)], asked: 30, at: 31)
    #expect(directory.lookUp(a, at: 31) == known)
  }
}
