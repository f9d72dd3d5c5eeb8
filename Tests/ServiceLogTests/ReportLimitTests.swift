import ServiceLog
import Testing

@Suite struct ReportLimitTests {
  private var limit = ReportLimit(maxCount: 2)

  @Test("Reports up to the limit per minute are made at once; later counts are added up until the next one")
  mutating func sum() {
    #expect(limit.due(of: 0, at: 0) == nil)
    #expect(limit.due(of: 3, at: 1000) == 3)
    #expect(limit.due(of: 3, at: 1001) == nil)
    #expect(limit.wait(at: 1001) == nil)
    #expect(limit.due(of: 5, at: 2000) == 2)
    for now in 2001...60_999 as ClosedRange<Int64> { #expect(limit.due(of: UInt64(now), at: now) == nil) }
    #expect(limit.wait(at: 60_999) == 1)
    #expect(limit.due(of: 70_000, at: 61_000) == 69_995)
    #expect(limit.wait(at: 61_000) == nil)
    #expect(limit.due(of: 70_001, at: 62_000) == 1)
  }

  @Test("At the end everything pending is reported")
  mutating func end() {
    for total in 1...2 as ClosedRange<UInt64> { #expect(limit.due(of: total, at: 0) == 1) }
    #expect(limit.due(of: 9, at: 1) == nil)
    #expect(limit.due(of: 9, at: 1, isEnd: true) == 7)
    #expect(limit.due(of: 9, at: 2, isEnd: true) == nil)
  }

  @Test("Skipped counts are never reported")
  mutating func skipped() {
    limit.skip(to: 7)
    #expect(limit.due(of: 7, at: 0) == nil)
    #expect(limit.due(of: 8, at: 0) == 1)
  }
}
