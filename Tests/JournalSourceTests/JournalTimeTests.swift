import JournalSource
import Testing

@Suite struct JournalTimeTests {
  /// 24 May 2024, 19:46:40 UTC.
  private static let now: Int64 = 1_716_580_000

  @Test(
    "Times are those of journalctl",
    arguments: [
      ("now", 1_716_580_000), ("@1715847187", 1_715_847_187), ("@1715847187.65", 1_715_847_187.65),
      ("-2h", 1_716_572_800), ("-1 day 30min", 1_716_491_800), ("2 days ago", 1_716_407_200),
      ("+5s", 1_716_580_005),
      ("-90", 1_716_579_910), ("2024-05-16 08:13:07 UTC", 1_715_847_187),
      ("2024-05-16T08:13:07Z", 1_715_847_187),
      ("2024-05-16 08:13:07.650 UTC", 1_715_847_187.65), ("2024-05-16T10:13:07+02:00", 1_715_847_187),
    ] as [(String, Double)])
  func times(text: String, seconds: Double) {
    #expect(JournalTime.parse(text, now: Self.now) == UInt64(seconds * 1e6))
  }

  @Test("Dates and times of the local time zone are whole days and minutes")
  func local() throws {
    let day: UInt64 = 86_400_000_000
    let today = try #require(JournalTime.parse("today", now: Self.now))
    #expect(today <= UInt64(Self.now) * 1_000_000 && today + day > UInt64(Self.now) * 1_000_000)
    #expect(JournalTime.parse("yesterday", now: Self.now) == today - day)
    #expect(JournalTime.parse("00:30", now: Self.now) == today + 1_800_000_000)
    let date = try #require(JournalTime.parse("2024-05-16", now: Self.now))
    #expect(JournalTime.parse("2024-05-16 00:00:09", now: Self.now) == date + 9_000_000)
  }

  @Test(
    "Anything else is no time",
    arguments: [
      "", "x", "2x", "-", "-2x", "@", "@x", "2024-13-01", "2024-05-16 08:13:07 x", "08", "2024", "ago",
      " ago",
    ])
  func others(text: String) { #expect(JournalTime.parse(text, now: Self.now) == nil) }

  @Test("A boot's ID may have dashes and capitals")
  func boots() {
    let id = "0123456789abcdef0123456789abcdef"
    #expect(JournalQuery.boot("01234567-89AB-CDEF-0123-456789abcdef") == id)
    for text in ["", "0", "-1", "0123", String(id.dropLast()) + "x", id + "0"] {
      #expect(JournalQuery.boot(text) == nil)
    }
  }
}
