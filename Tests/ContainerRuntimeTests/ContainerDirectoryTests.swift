import Cgroups
import ContainerRuntime
import TestSupport
import Testing

@Suite struct ContainerDirectoryTests {
  static func id(_ number: Int) -> ContainerID {
    let digits = String(number, radix: 16)
    return ContainerID(String(repeating: "0", count: 64 - digits.count) + digits)!
  }

  static func identity(_ number: Int) -> ContainerIdentity {
    ContainerIdentity(id: id(number), namespace: "ns", pod: "pod-\(number)", container: "c", podUID: "")
  }

  private let a = id(1)
  private let known = ContainerDirectory.Lookup.known(identity(1))
  private var directory = ContainerDirectory()

  @Test("Without a missing container the runtime is not asked")
  mutating func quiet() {
    #expect(directory.shouldAsk(at: 0) == false)
    #expect(directory.nextDeadline == nil)
    #expect(directory.listed([Self.identity(1)], at: 0) == [])
    #expect(directory.lookUp(a, at: 1) == known)
    #expect(directory.shouldAsk(at: 1) == false)
  }

  @Test("However many records need a container, the runtime is asked once")
  mutating func once() {
    for _ in 0..<100 { #expect(directory.lookUp(a, at: 0) == .asking) }
    #expect(directory.shouldAsk(at: 0) == true)
    #expect(directory.shouldAsk(at: 0) == false)
    #expect(directory.listed([Self.identity(1)], at: 5) == [a])
    #expect(directory.lookUp(a, at: 5) == known)
    #expect(directory.nextDeadline == nil)
  }

  @Test("Pauses between requests double, up to ten seconds")
  mutating func pauses() {
    _ = directory.lookUp(a, at: 0)
    var asked: [Int64] = []
    for now in 0..<120_000 as Range<Int64> where directory.shouldAsk(at: now) { asked.append(now) }
    #expect(asked.prefix(5) == [0, 20, 60, 140, 300])
    let pauses = zip(asked.dropFirst(), asked).map { $0 - $1 }
    #expect(pauses == pauses.sorted())
    #expect(pauses.last == 10_000)
  }

  @Test("A container that a runtime does not list in time is not found")
  mutating func notFound() {
    _ = directory.lookUp(a, at: 1000)
    #expect(directory.listed([], at: 1010) == [])
    #expect(directory.lookUp(a, at: 1499) == .asking)
    #expect(directory.expire(at: 1499) == [])
    #expect(directory.expire(at: 1500) == [a])
    #expect(directory.expire(at: 1501) == [])
    #expect(directory.lookUp(a, at: 1501) == .notFound)
  }

  @Test("Records wait longer for a runtime that does not answer; then the lookup reports no answer")
  mutating func noAnswer() {
    _ = directory.lookUp(a, at: 0)
    directory.failed()
    #expect(directory.expire(at: 1999) == [])
    #expect(directory.expire(at: 2000) == [a])
    #expect(directory.lookUp(a, at: 2001) == .noAnswer)
    // The runtime answers after all, and does not know the container.
    #expect(directory.listed([], at: 3000) == [])
    #expect(directory.expire(at: 3000) == [])
    #expect(directory.lookUp(a, at: 3001) == .notFound)
  }

  @Test("After a container has expired, the runtime is still asked for it, and a later list names it")
  mutating func later() {
    _ = directory.lookUp(a, at: 0)
    directory.failed()
    _ = directory.expire(at: 2000)
    #expect(directory.shouldAsk(at: 20_000) == true)
    // No record waits for the container any more.
    #expect(directory.listed([Self.identity(1)], at: 20_001) == [])
    #expect(directory.lookUp(a, at: 20_002) == known)
  }

  @Test("Each deadline has an effect")
  mutating func deadlines() {
    _ = directory.lookUp(a, at: 0)
    var now: Int64 = 0
    var expired: [ContainerID] = []
    while expired.isEmpty, now < 10_000 {
      let asks = directory.shouldAsk(at: now)
      expired = directory.expire(at: now)
      #expect(asks || !expired.isEmpty, "nothing happened at \(now)")
      now = max(directory.nextDeadline ?? .max, now)
    }
    #expect(expired == [a])
  }

  @Test("A removed container is remembered for more than ten minutes, and then forgotten")
  mutating func gone() {
    _ = directory.listed([Self.identity(1)], at: 0)
    _ = directory.listed([], at: 1000)
    _ = directory.listed([], at: 600_000)
    #expect(directory.lookUp(a, at: 601_000) == known)
    _ = directory.listed([], at: 1000 + 15 * 60_000)
    #expect(directory.lookUp(a, at: 1001 + 15 * 60_000) == .asking)
  }

  @Test("A container that is listed again counts as present")
  mutating func back() {
    for (now, containers) in [(0, [1]), (1000, []), (2000, [1]), (10_000_000, [1])] as [(Int64, [Int])] {
      _ = directory.listed(containers.map(Self.identity), at: now)
    }
    #expect(directory.lookUp(a, at: 10_000_000) == known)
  }

  @Test("If there are too many containers, those removed first are forgotten first, and none that is present")
  func bound() {
    var policy = ContainerDirectory.Policy()
    policy.maxCount = 3
    var directory = ContainerDirectory(policy: policy)
    _ = directory.listed((1...3).map(Self.identity), at: 0)
    _ = directory.listed((2...4).map(Self.identity), at: 10)
    #expect(directory.count == 3)
    _ = directory.listed((3...6).map(Self.identity), at: 20)
    #expect(directory.count == 4)
    for number in 3...6 {
      #expect(directory.lookUp(Self.id(number), at: 21) == .known(Self.identity(number)))
    }
    #expect(directory.lookUp(Self.id(2), at: 21) == .asking)
  }

  @Test("Forged IDs do not fill the memory")
  func madeUp() {
    var policy = ContainerDirectory.Policy()
    policy.maxMissing = 2
    var directory = ContainerDirectory(policy: policy)
    let answers = (1...3).map { directory.lookUp(Self.id($0), at: 0) }
    #expect(answers == [.asking, .asking, .notFound])
    directory.failed()
    #expect(directory.lookUp(Self.id(3), at: 0) == .noAnswer)
  }

  @Test("Without a runtime no request is made, and containers listed before are known")
  func noRuntime() {
    var directory = ContainerDirectory(hasRuntime: false)
    _ = directory.listed([Self.identity(1)], at: 0)
    #expect(directory.lookUp(a, at: 0) == known)
    #expect(directory.lookUp(Self.id(2), at: 0) == .noAnswer)
    #expect(directory.shouldAsk(at: 0) == false)
  }

  @Test("An ID that two pods claim belongs to neither, until only one claims it", arguments: [false, true])
  func disputed(wasKnown: Bool) {
    var directory = directory
    var liar = Self.identity(2)
    liar.id = a
    if wasKnown { _ = directory.listed([Self.identity(1)], at: 0) }
    _ = directory.lookUp(a, at: 1000)
    #expect(directory.listed([Self.identity(1), Self.identity(3), liar], at: 1010) == [])
    _ = directory.lookUp(a, at: 1010)
    #expect(directory.listed([liar, Self.identity(1), liar], at: 1020) == [])
    #expect(directory.lookUp(Self.id(3), at: 1020) == .known(Self.identity(3)))
    #expect(directory.expire(at: 1510) == [a])
    #expect(directory.lookUp(a, at: 1511) == .notFound)
    // The same identity twice is no conflict.
    _ = directory.listed([Self.identity(1), Self.identity(1)], at: 2000)
    #expect(directory.lookUp(a, at: 2001) == known)
  }

  @Test("A list that was requested before a container was seen says nothing about it")
  mutating func staleList() {
    _ = directory.lookUp(a, at: 1000)
    #expect(directory.listed([], asked: 900, at: 1600) == [])
    #expect(directory.expire(at: 1601) == [])
    #expect(directory.lookUp(a, at: 1601) == .asking)
    #expect(directory.listed([Self.identity(1)], asked: 1600, at: 1700) == [a])
  }

  @Test("However containers come and go, records wait neither too long nor for a forgotten ID")
  mutating func churn() {
    var random = SeededGenerator(seed: 7)
    var waiting: [ContainerID: Int64] = [:]
    for now in 0..<20_000 as Range<Int64> {
      let number = Int.random(in: 1...300, using: &random)
      if directory.lookUp(Self.id(number), at: now) == .asking {
        waiting[Self.id(number)] = waiting[Self.id(number)] ?? now
      }
      if directory.shouldAsk(at: now), Bool.random(using: &random) {
        let listed = (1...300).filter { _ in Int.random(in: 0..<10, using: &random) == 0 }.map(Self.identity)
        for id in directory.listed(listed, asked: now, at: now) {
          #expect(waiting.removeValue(forKey: id) != nil)
        }
      }
      for id in directory.expire(at: now) {
        let since = waiting.removeValue(forKey: id)
        #expect(since.map { now - $0 >= 500 && now - $0 <= 2000 } == true)
      }
      #expect(waiting.values.allSatisfy { now - $0 <= 2000 })
      #expect(waiting.isEmpty || directory.nextDeadline != nil)
    }
  }
}
