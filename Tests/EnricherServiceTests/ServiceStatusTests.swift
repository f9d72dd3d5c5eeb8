import EnricherService
import Enrichment
import Testing

@Suite struct ServiceStatusTests {
  private func counters(records: UInt64) -> Counters {
    var counters = Counters()
    counters.records = records
    return counters
  }

  @Test("The status is reported after a change, at most every five seconds, and causes no other wake-ups")
  func status() {
    var status = ServiceStatus()
    #expect(status.due(counters(records: 0), at: 0) == "STATUS=0 records, 0 unresolved, 0 lost")
    #expect(status.wait(at: 0) == nil)
    #expect(status.due(counters(records: 1), at: 10) == nil)
    #expect(status.wait(at: 10) == 4990)
    #expect(status.due(counters(records: 2), at: 5000) == "STATUS=2 records, 0 unresolved, 0 lost")
    #expect(status.wait(at: 5000) == nil)
    #expect(status.due(counters(records: 2), at: 20_000) == nil)
  }
}
