import Glibc
import Testing

/// The table under histories that nobody thought of: it may not know, but it must never be wrong.
@Suite struct RandomHistoryTests {
  @Test(
    "No history of processes, moves, reused PIDs, lost events and late looks gives a wrong name, and what can be known is",
    arguments: HistoryKind.allCases
  )
  func names(_ kind: HistoryKind) {
    var answered = 0
    var unresolved = 0
    for seed in 1...kind.seeds * Self.times {
      var reader = HistoryReader(kind, seed: seed)
      reader.run()
      answered += reader.answered
      unresolved += reader.unresolved
    }
    // Else nothing was tried.
    #expect(answered > 20_000)
    #expect(unresolved * 100 < answered * kind.mostUnresolved)
  }

  /// How many times as many histories as usual.
  private static let times =
    unsafe getenv("HISTORIES_TIMES").flatMap { unsafe UInt64(String(cString: $0)) } ?? 1
}
