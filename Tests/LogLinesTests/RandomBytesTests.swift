import AuditRecord
import LogLines
import RecordSamples
import TestSupport
import Testing

@Suite struct RandomBytesTests {
  @Test(
    "Reading corrupted bytes never traps, and all ranges are within the record",
    arguments: 1...20 as ClosedRange<UInt64>)
  func changed(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let sources = Captures.live + Captures.raw + Captures.enriched + Captures.kernelLog
    var lines = LogLineReader(types: [.seccomp])
    for _ in 0..<2000 {
      var bytes = Array(sources.randomElement(using: &random)!.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = bytes.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        default: bytes.insert(Array(" =\"()\u{1d}0:.-".utf8).randomElement(using: &random)!, at: index)
        }
      }
      var range = 0..<bytes.count
      if case .record(_, let record, _) = lines.read(bytes.span) { range = record }
      let text = Array(bytes[range])
      guard let record = try? SeccompRecord(parsing: text.span) else { continue }
      for range in [record.comm.range, record.exe.range, record.subject ?? 0..<0] {
        #expect(range.lowerBound >= 0 && range.upperBound <= text.count)
      }
      #expect(text[record.stampText].allSatisfy { "0123456789.:".utf8.contains($0) })
    }
  }
}
