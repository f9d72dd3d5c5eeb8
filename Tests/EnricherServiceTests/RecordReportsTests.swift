import ServiceReports
import Testing

@Suite struct RecordReportsTests {
  @Test("A count is reported once, and counts beyond the limit are added up")
  func summedUp() {
    let log = CollectedLog()
    var reports = RecordReports(log: log.logger, reportsUnread: true)
    var totals = RecordReports.Totals()
    reports.report(totals, at: 0)
    #expect(log.drain() == [] && reports.wait(at: 0) == nil)
    for time in 1...12 as ClosedRange<Int64> {
      totals.counters.losses.add(2, at: .socket)
      reports.report(totals, at: time)
    }
    #expect(log.drain() == Array(repeating: "audit records lost count=2 where=socket", count: 10))
    #expect(reports.wait(at: 12) == 59_989)
    reports.report(totals, at: 60_000)
    #expect(log.drain() == [])
    reports.report(totals, at: 60_001)
    #expect(log.drain() == ["audit records lost count=4 where=socket"])
    #expect(reports.wait(at: 60_001) == nil)
  }

  @Test("Each subject has its own limit, and at the end everything is reported")
  func end() {
    let log = CollectedLog()
    var reports = RecordReports(log: log.logger, reportsUnread: false)
    var totals = RecordReports.Totals()
    for count in 1...2 as ClosedRange<UInt64> {
      totals.counters.malformed = count
      totals.lastMalformation = "a reason"
      totals.rejected = 10 * count
      totals.counters.losses.add(100, at: .journal)
      // The summary of a replay reports the unread lines.
      totals.counters.unread.add(1, for: .noTime)
      reports.report(totals, at: 0)
    }
    let first = [
      "datagrams from senders other than the kernel were ignored count=10",
      "journald did not accept records count=100", "malformed SECCOMP records count=1 last=a reason",
    ]
    #expect(log.drain() == first)
    reports.reportRest(totals, at: 1)
    #expect(log.drain() == first)
    reports.reportRest(totals, at: 2)
    #expect(log.drain() == [])
  }

  @Test("Lines that are not read are reported with a remedy")
  func unread() {
    let log = CollectedLog()
    var reports = RecordReports(log: log.logger, reportsUnread: true)
    var totals = RecordReports.Totals()
    totals.counters.unread.add(3, for: .noTime)
    reports.report(totals, at: 0)
    #expect(log.drain().first?.hasPrefix("not read: 3 lines that have no time") == true)
  }
}
