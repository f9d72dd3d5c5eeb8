import ProcessTable
import Testing

/// The table under histories that nobody thought of: it may not know, but it must never be wrong.
@Suite struct RandomHistoryTests {
  private struct Reader {
    let seed: UInt64
    let follows: Bool
    let kernel: KernelModel
    var table: ProcessTable
    /// When the last event that was read was made.
    var last: Int64
    var answered = 0
    var unresolved = 0

    init(_ kind: Kind, seed: UInt64) {
      self.seed = seed
      follows = kind != .noEvents
      kernel = KernelModel(seed: seed, lingers: kind.lingers, rest: kind.rest)
      table = ProcessTable(follows: follows, most: kind.most)
      last = kernel.time
      if kind == .restart { for _ in 0..<50 { kernel.step() } }
      drain()
      if follows { scan() }
    }

    mutating func scan() {
      for pid in kernel.all { table.found(kernel.look(pid, true), of: pid) }
      table.foundAll(by: kernel.time)
    }

    mutating func drain() {
      for event in kernel.takeEvents() where follows {
        table.apply(event, look: kernel.look)
        last = event.time
      }
    }

    mutating func lose() {
      _ = kernel.takeEvents()
      table.lost(after: last)
    }

    /// As the service does it: the records first, then the events.
    mutating func readRecords() {
      let records = kernel.takeRecords()
      let now = kernel.time
      drain()
      for record in records {
        let made = record.window.lowerBound...min(record.window.upperBound, now)
        if table.needsLook(for: record.pid, made: made) {
          table.look(for: record.pid, kernel.look)
          drain()
        }
        switch table.answer(record.pid, made: made) {
        case .unresolved: unresolved += 1
        case .owner(let owner), .inherited(let owner), .exited(let owner):
          #expect(
            kernel.isTrue(owner, of: record), "seed \(seed), PID \(record.pid), made \(made), now \(now)")
        }
        answered += 1
      }
    }

    mutating func run(_ kind: Kind) {
      for _ in 0..<kind.steps {
        kernel.step()
        if kernel.chance(3) { drain() }
        if kernel.chance(2), table.looksAgain { table.lookAgain(at: kernel.time, look: kernel.look) }
        if kernel.chance(10) { readRecords() }
        if kind == .losses, kernel.chance(60) { lose() }
        if table.needsScan != nil, kernel.chance(5) { scan() }
      }
    }
  }

  enum Kind: CaseIterable {
    /// All is told, from the start.
    case whole
    /// Events are lost now and then.
    case losses
    /// There is not always room for all that run.
    case small
    /// There hardly ever is.
    case tiny
    /// Events and records have waited for the start.
    case restart
    /// /proc is all there is.
    case noEvents

    var most: Int {
      switch self {
      case .small: 20
      case .tiny: 6
      default: .max
      }
    }

    /// Whether other threads go on when the first one has ended.
    var lingers: Bool { self == .whole || self == .losses }

    /// Milliseconds until a PID may be used again.
    var rest: Int64 {
      switch self {
      case .whole, .small, .tiny: 0
      case .losses, .restart: 50
      case .noEvents: 1050
      }
    }

    var steps: Int { self == .noEvents ? 4000 : 400 }

    /// The most that may be unresolved, in percent: little more than is.
    var mostUnresolved: Int {
      switch self {
      case .whole: 5
      case .losses: 13
      case .small: 16
      case .tiny: 26
      case .restart: 7
      case .noEvents: 9
      }
    }
  }

  @Test(
    "No history of processes, moves, reused PIDs and lost events gives a wrong name", arguments: Kind.allCases
  )
  func events(_ kind: Kind) {
    var answered = 0
    var unresolved = 0
    for seed in 1...(kind == .noEvents ? 100 : 500) as ClosedRange<UInt64> {
      var reader = Reader(kind, seed: seed)
      reader.run(kind)
      answered += reader.answered
      unresolved += reader.unresolved
    }
    // Else nothing was tried.
    #expect(answered > 20_000)
    #expect(unresolved * 100 < answered * kind.mostUnresolved)
  }
}
