import EnricherService
import Testing

@Suite struct EventLossReportTests {
  private let log = CollectedLog()

  @Test func `a loss is reported when all processes have been read again`() {
    var report = EventLossReport(log: log.logger)
    #expect(report.update(0, at: 0) == nil)
    #expect(report.update(5, at: 100) == 1100)
    report.scanned(5, at: 200)
    #expect(log.drain() == ["process events were lost; all processes were read again count=5"])
    #expect(report.update(5, at: 300) == nil)
    report.scanned(5, at: 400)
    #expect(log.drain() == [])
  }

  @Test func `losses that go on are reported after a second, with their sum`() {
    var report = EventLossReport(log: log.logger)
    #expect(report.update(5, at: 100) == 1100)
    #expect(report.update(8, at: 1099) == 1100)
    #expect(log.drain() == [])
    #expect(report.update(9, at: 1100) == nil)
    #expect(
      log.drain() == [
        "process events were lost, and more may be lost: short-lived processes may be unresolved count=9"
      ])
  }

  @Test func `of losses without end ten reports a minute are made, and no count is missing in the end`() {
    var report = EventLossReport(log: log.logger)
    for time in 1...100 as ClosedRange<Int64> { report.scanned(UInt64(time) * 3, at: time) }
    let first = log.drain()
    #expect(first.count == 10 && first.allSatisfy { $0.hasSuffix("count=3") })
    report.end(300, at: 200)
    #expect(log.drain() == ["process events were lost before the service ended count=270"])
  }

  @Test func `what another report says is not repeated`() {
    var report = EventLossReport(log: log.logger)
    #expect(report.update(7, at: 0) == 1000)
    report.skip(to: 7)
    report.end(7, at: 10)
    #expect(log.drain() == [])
    report.end(8, at: 20)
    #expect(log.drain() == ["process events were lost before the service ended count=1"])
  }
}
