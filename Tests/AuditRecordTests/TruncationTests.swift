import AuditRecord
import RecordSamples
import Testing

/// A truncated record is either unreadable or unchanged; it never becomes another record.
@Suite struct TruncationTests {
  @Test("A payload that is truncated at any byte is malformed", arguments: Captures.live)
  func payloads(text: String) throws {
    let differing = try RecordValues.differing(inStartsOf: Array(text.utf8)) {
      bytes throws(MalformedRecord) in try RecordValues(bytes)
    }
    #expect(differing.isEmpty)
  }

  @Test("A payload with a security context that is truncated at any byte is malformed")
  func subjects() throws {
    let text = SampleRecord.payload(subject: #" subj==a pid=1 comm="x" exe="/x" (enforce)"#)
    let differing = try RecordValues.differing(inStartsOf: Array(text.utf8)) {
      bytes throws(MalformedRecord) in try RecordValues(bytes)
    }
    #expect(differing.isEmpty)
  }
}
