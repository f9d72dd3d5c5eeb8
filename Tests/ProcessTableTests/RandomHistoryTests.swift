import Glibc
import Testing

/// The table under random histories: an owner may be unknown, but must never be wrong.
///
/// If HISTORIES_KINDS=late,losses or HISTORIES_SEEDS=1-80000 is in the environment, these kinds or seeds are used instead of the usual
/// ones.
@Suite struct RandomHistoryTests {
  @Test(
    "In no history of processes, moves, reused PIDs, lost events and late readings is an owner wrong, or unknown if it can be known",
    arguments: HistoryKind.allCases.filter { kinds?.contains("\($0)") ?? true }
  )
  func names(_ kind: HistoryKind) {
    var answered = 0
    var unresolved = 0
    for seed in Self.seeds ?? 1...kind.seeds {
      let reader = Self.history(kind, seed)
      answered += reader.answered
      unresolved += reader.unresolved
    }
    guard Self.seeds == nil else { return print("\(kind): \(answered) records, \(unresolved) unresolved") }
    // Otherwise the histories contained too little.
    #expect(answered > 20_000)
    #expect(unresolved * 100 < answered * kind.maxUnresolved)
  }

  @Test(
    "The same history has the same answers again, whatever the order of a dictionary is",
    arguments: [HistoryKind.siblings, .losses, .silence, .tiny])
  func repeated(_ kind: HistoryKind) {
    for seed in 1...100 as ClosedRange<UInt64> {
      let (first, second) = (Self.history(kind, seed), Self.history(kind, seed))
      #expect(first.unresolved == second.unresolved, "seed \(seed)")
      // Readings take time, so both have read the same processes.
      #expect(first.kernel.time == second.kernel.time, "seed \(seed)")
    }
  }

  private static func history(_ kind: HistoryKind, _ seed: UInt64) -> HistoryReader {
    var reader = HistoryReader(kind, seed: seed)
    reader.run()
    return reader
  }

  private static let kinds = variable("HISTORIES_KINDS")?.split(separator: ",").map(String.init)

  private static let seeds = variable("HISTORIES_SEEDS").map { text in
    let bounds = text.split(separator: "-").compactMap { UInt64($0) }
    precondition(bounds.count == 2 && bounds[0] <= bounds[1], "HISTORIES_SEEDS has to be FIRST-LAST")
    return bounds[0]...bounds[1]
  }

  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
