import AuditRecord
import AuditSource
import EnricherService
import Testing

@Suite struct LossWatchTests {
  /// A source that only says how it was asked for losses.
  private struct Source: RecordSource, ~Copyable {
    var name: String { "test" }
    var receiveBuffer: Int64? { nil }
    var descriptor: Int32? { nil }
    var asked: [String] = []

    mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress { .drained }
    mutating func use(_ types: [RecordType]) {}
    func storeReportedLosses() {}

    mutating func drainLosses(_ serials: SerialCheck) -> Losses {
      asked.append("\(serials)")
      var losses = Losses()
      losses.account.add(1, at: .socket)
      return losses
    }
  }

  @Test
  func `serials are checked once a second while records arrive, and all of them after a second without any`()
  {
    var watch = LossWatch(tracker: nil, kernel: nil)
    var source = Source()
    _ = watch.drainLosses(from: &source, at: 5000)
    watch.recordsArrived(at: 5010)
    _ = watch.drainLosses(from: &source, at: 5010)
    watch.recordsArrived(at: 5500)
    _ = watch.drainLosses(from: &source, at: 5500)
    watch.recordsArrived(at: 6010)
    _ = watch.drainLosses(from: &source, at: 6010)
    _ = watch.drainLosses(from: &source, at: 7010)
    _ = watch.drainLosses(from: &source, at: 9000)
    #expect(
      source.asked == ["later", "passed(known: 0)", "later", "passed(known: 0)", "all(known: 0)", "later"])
  }

  @Test func `the next look is due a second after the last record`() {
    var watch = LossWatch(tracker: nil, kernel: nil)
    var source = Source()
    #expect(watch.wait(at: 5000) == nil)
    watch.recordsArrived(at: 5000)
    #expect(watch.wait(at: 5000) == 1000 && watch.wait(at: 5900) == 100 && watch.wait(at: 7000) == 0)
    _ = watch.drainLosses(from: &source, at: 6000)
    #expect(watch.wait(at: 6000) == nil)
  }

  @Test func `the source's losses are passed on, and at the end those of the kernel with them`() {
    var watch = LossWatch(tracker: nil, kernel: nil)
    var source = Source()
    #expect(watch.drainLosses(from: &source, at: 5000).account[.socket] == 1)
    let last = watch.drainLosses(from: &source, at: 5001, last: 7)
    #expect(last.account[.kernel] == 7 && last.account[.socket] == 1)
    #expect(source.asked.last == "all(known: 7)")
  }
}
