import ProcessTable
import Testing

/// The table under histories that nobody thought of: it may not know, but it must never be wrong.
@Suite struct RandomHistoryTests {
  private struct Reader {
    let seed: UInt64
    let kernel: KernelModel
    var table: ProcessTable
    /// When the last event that was read was made.
    var last: Int64
    var answered = 0
    var unresolved = 0

    init(seed: UInt64, most: Int, loses: Bool) {
      self.seed = seed
      kernel = KernelModel(seed: seed, lingers: most == .max, rests: loses)
      table = ProcessTable(follows: true, most: most)
      last = kernel.time
      scan()
    }

    mutating func scan() {
      for pid in kernel.all { table.found(kernel.look(pid, true), of: pid) }
      table.foundAll(by: kernel.time)
    }

    mutating func drain() {
      for event in kernel.takeEvents() {
        table.apply(event, look: kernel.look)
        last = event.time
      }
    }

    mutating func lose() {
      _ = kernel.takeEvents()
      table.lost(after: last)
      if !kernel.chance(3) { scan() }
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
  }

  @Test("No history of processes, moves, reused PIDs and lost events gives a wrong name")
  func events() {
    var answered = 0
    var unresolved = 0
    for seed in 1...2000 as ClosedRange<UInt64> {
      var reader = Reader(seed: seed, most: seed % 4 == 0 ? 20 : .max, loses: seed % 2 == 0)
      for _ in 0..<400 {
        reader.kernel.step()
        if reader.kernel.chance(3) { reader.drain() }
        if reader.kernel.chance(10) { reader.readRecords() }
        if seed % 2 == 0, reader.kernel.chance(60) { reader.lose() }
      }
      answered += reader.answered
      unresolved += reader.unresolved
    }
    // Else nothing was tried.
    #expect(answered > 100_000)
    #expect(unresolved < answered / 2)
  }
}
