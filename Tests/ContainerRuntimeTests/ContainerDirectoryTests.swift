import ContainerRuntime
import ProcessTable
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

  @Test("Nothing is asked for before something is missing")
  mutating func quiet() {
    #expect(directory.shouldAsk(at: 0) == false)
    #expect(directory.nextDeadline == nil)
    #expect(directory.listed([Self.identity(1)], at: 0) == [])
    #expect(directory.look(up: a, at: 1) == known)
    #expect(directory.shouldAsk(at: 1) == false)
  }

  @Test("However many records ask for a container, the runtime is asked once")
  mutating func once() {
    for _ in 0..<100 { #expect(directory.look(up: a, at: 0) == .asking) }
    #expect(directory.shouldAsk(at: 0) == true)
    #expect(directory.shouldAsk(at: 0) == false)
    #expect(directory.listed([Self.identity(1)], at: 5) == [a])
    #expect(directory.look(up: a, at: 5) == known)
    #expect(directory.nextDeadline == nil)
  }

  @Test("Pauses between questions double, and end at ten seconds")
  mutating func pauses() {
    _ = directory.look(up: a, at: 0)
    var asked: [Int64] = []
    for now in 0..<120_000 as Range<Int64> where directory.shouldAsk(at: now) { asked.append(now) }
    #expect(asked.prefix(5) == [0, 20, 60, 140, 300])
    let pauses = zip(asked.dropFirst(), asked).map { $0 - $1 }
    #expect(pauses == pauses.sorted())
    #expect(pauses.last == 10_000)
  }

  @Test("A container that a runtime does not list in time is not found")
  mutating func notFound() {
    _ = directory.look(up: a, at: 1000)
    #expect(directory.listed([], at: 1010) == [])
    #expect(directory.look(up: a, at: 1499) == .asking)
    #expect(directory.expire(at: 1499) == [])
    #expect(directory.expire(at: 1500) == [a])
    #expect(directory.expire(at: 1501) == [])
    #expect(directory.look(up: a, at: 1501) == .notFound)
  }

  @Test("A runtime that does not answer is waited for longer, and then said to give no answer")
  mutating func noAnswer() {
    _ = directory.look(up: a, at: 0)
    directory.failed()
    #expect(directory.expire(at: 1999) == [])
    #expect(directory.expire(at: 2000) == [a])
    #expect(directory.look(up: a, at: 2001) == .noAnswer)
    // It answers after all, and knows no such container.
    #expect(directory.listed([], at: 3000) == [])
    #expect(directory.expire(at: 3000) == [])
    #expect(directory.look(up: a, at: 3001) == .notFound)
  }

  @Test("A container that was given up is still asked for, and known once it is listed")
  mutating func later() {
    _ = directory.look(up: a, at: 0)
    directory.failed()
    _ = directory.expire(at: 2000)
    #expect(directory.shouldAsk(at: 20_000) == true)
    // Nothing waits for it any more.
    #expect(directory.listed([Self.identity(1)], at: 20_001) == [])
    #expect(directory.look(up: a, at: 20_002) == known)
  }

  @Test("At each deadline something happens")
  mutating func deadlines() {
    _ = directory.look(up: a, at: 0)
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

  @Test("A container that is gone is remembered for ten minutes and more, and then forgotten")
  mutating func gone() {
    _ = directory.listed([Self.identity(1)], at: 0)
    _ = directory.listed([], at: 1000)
    _ = directory.listed([], at: 600_000)
    #expect(directory.look(up: a, at: 601_000) == known)
    _ = directory.listed([], at: 1000 + 15 * 60_000)
    #expect(directory.look(up: a, at: 1001 + 15 * 60_000) == .asking)
  }

  @Test("A container that comes back counts as there")
  mutating func back() {
    for (now, containers) in [(0, [1]), (1000, []), (2000, [1]), (10_000_000, [1])] as [(Int64, [Int])] {
      _ = directory.listed(containers.map(Self.identity), at: now)
    }
    #expect(directory.look(up: a, at: 10_000_000) == known)
  }

  @Test("When there are too many, those that went first are forgotten first, and none that is there")
  func bound() {
    var policy = ContainerDirectory.Policy()
    policy.most = 3
    var directory = ContainerDirectory(policy: policy)
    _ = directory.listed((1...3).map(Self.identity), at: 0)
    _ = directory.listed((2...4).map(Self.identity), at: 10)
    #expect(directory.count == 3)
    _ = directory.listed((3...6).map(Self.identity), at: 20)
    #expect(directory.count == 4)
    for number in 3...6 {
      #expect(directory.look(up: Self.id(number), at: 21) == .known(Self.identity(number)))
    }
    #expect(directory.look(up: Self.id(2), at: 21) == .asking)
  }

  @Test("Made-up IDs do not fill the memory")
  func madeUp() {
    var policy = ContainerDirectory.Policy()
    policy.mostMissing = 2
    var directory = ContainerDirectory(policy: policy)
    let answers = (1...3).map { directory.look(up: Self.id($0), at: 0) }
    #expect(answers == [.asking, .asking, .notFound])
    directory.failed()
    #expect(directory.look(up: Self.id(3), at: 0) == .noAnswer)
  }

  @Test("Where there is no runtime nothing is asked for, and what was given is known")
  func noRuntime() {
    var directory = ContainerDirectory(hasRuntime: false)
    _ = directory.listed([Self.identity(1)], at: 0)
    #expect(directory.look(up: a, at: 0) == known)
    #expect(directory.look(up: Self.id(2), at: 0) == .noAnswer)
    #expect(directory.shouldAsk(at: 0) == false)
  }

  @Test("An ID that two pods claim is neither's, until only one does", arguments: [false, true])
  func disputed(wasKnown: Bool) {
    var directory = directory
    var liar = Self.identity(2)
    liar.id = a
    if wasKnown { _ = directory.listed([Self.identity(1)], at: 0) }
    _ = directory.look(up: a, at: 1000)
    #expect(directory.listed([Self.identity(1), Self.identity(3), liar], at: 1010) == [])
    _ = directory.look(up: a, at: 1010)
    #expect(directory.listed([liar, Self.identity(1), liar], at: 1020) == [])
    #expect(directory.look(up: Self.id(3), at: 1020) == .known(Self.identity(3)))
    #expect(directory.expire(at: 1510) == [a])
    #expect(directory.look(up: a, at: 1511) == .notFound)
    // Said twice is no dispute.
    _ = directory.listed([Self.identity(1), Self.identity(1)], at: 2000)
    #expect(directory.look(up: a, at: 2001) == known)
  }

  @Test("A list that was asked for before a container was seen says nothing of it")
  mutating func staleList() {
    _ = directory.look(up: a, at: 1000)
    #expect(directory.listed([], asked: 900, at: 1600) == [])
    #expect(directory.expire(at: 1601) == [])
    #expect(directory.look(up: a, at: 1601) == .asking)
    #expect(directory.listed([Self.identity(1)], asked: 1600, at: 1700) == [a])
  }
}
