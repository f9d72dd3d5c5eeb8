import ProcessTable
import Testing

@Suite struct ProcessTableTests {
  static let sshd = ProcessOwner.host(unit: "sshd.service")
  static let cron = ProcessOwner.host(unit: "cron.service")

  @Test("A process that runs has the owner that was found")
  func found() {
    var table = ProcessTable()
    let first = table.attribute(1, found: Self.sshd, otherwise: .exited, at: 0)
    let second = table.attribute(1, found: Self.cron, otherwise: .exited, at: 1)
    #expect(first == .owner(Self.sshd))
    #expect(second == .owner(Self.cron))
  }

  @Test("A process that ended is remembered for a second, and not longer")
  func exited() {
    var table = ProcessTable()
    _ = table.attribute(1, found: Self.sshd, otherwise: .exited, at: 5000)
    let answers = [5000, 6000, 6001].map { table.attribute(1, found: nil, otherwise: .exited, at: $0) }
    #expect(answers == [.exited(Self.sshd), .exited(Self.sshd), .unresolved(.exited)])
    let other = table.attribute(2, found: nil, otherwise: .reused, at: 5000)
    #expect(other == .unresolved(.reused))
  }

  @Test("Being asked for an ended process does not make it remembered longer")
  func notRenewed() {
    var table = ProcessTable()
    _ = table.attribute(1, found: Self.sshd, otherwise: .exited, at: 0)
    _ = table.attribute(1, found: nil, otherwise: .exited, at: 900)
    let answer = table.attribute(1, found: nil, otherwise: .exited, at: 1800)
    #expect(answer == .unresolved(.exited))
  }

  @Test("A full table forgets old processes, and never those of the last second")
  func bounded() {
    var table = ProcessTable(most: 10)
    for pid in 0..<10 as Range<Int32> {
      _ = table.attribute(pid, found: Self.sshd, otherwise: .exited, at: 0)
    }
    for pid in 10..<40 as Range<Int32> {
      _ = table.attribute(pid, found: Self.cron, otherwise: .exited, at: 1001)
    }
    for pid in 10..<40 as Range<Int32> {
      let answer = table.attribute(pid, found: nil, otherwise: .exited, at: 1002)
      #expect(answer == .exited(Self.cron))
    }
    let old = table.attribute(5, found: nil, otherwise: .exited, at: 1000)
    #expect(old == .unresolved(.exited))
  }
}
