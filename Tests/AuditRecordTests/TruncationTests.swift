import AuditRecord
import Testing

/// A truncated record is either unreadable or unchanged; it never becomes another record.
@Suite struct TruncationTests {
  @Test("A payload that is truncated at any byte is malformed", arguments: Captures.live)
  func payloads(text: String) throws {
    try check(Array(text.utf8)) { bytes throws(MalformedRecord) in try RecordValues(bytes) }
  }

  @Test("A RAW line that is truncated at any byte is malformed or not a record", arguments: Captures.raw)
  func rawLines(text: String) throws {
    try check(Array(text.utf8)) { line throws(MalformedRecord) in try RecordValues(line: line) }
  }

  @Test("A truncated ENRICHED line has the complete record or none", arguments: Captures.enriched)
  func enrichedLines(text: String) throws {
    try check(Array(text.utf8)) { line throws(MalformedRecord) in try RecordValues(line: line) }
  }

  @Test("A truncated line without the separator has the record or none", arguments: Captures.enriched)
  func gluedLines(text: String) throws {
    try check(text.utf8.filter { $0 != 0x1d }) { line throws(MalformedRecord) in
      try RecordValues(line: line)
    }
  }

  @Test(
    "A line of the kernel's log that is truncated at any byte is malformed or not a record",
    arguments: Captures.kernelLog)
  func kernelLines(text: String) throws {
    try check(Array(text.utf8)) { line throws(MalformedRecord) in try RecordValues(line: line) }
  }

  @Test("A payload with a security context that is truncated at any byte is malformed")
  func subjects() throws {
    let text = SeccompRecordTests.payload(subject: #" subj==a pid=1 comm="x" exe="/x" (enforce)"#)
    try check(Array(text.utf8)) { bytes throws(MalformedRecord) in try RecordValues(bytes) }
  }

  private func check(
    _ whole: [UInt8], _ read: ([UInt8]) throws(MalformedRecord) -> RecordValues?
  ) throws {
    let expected = try #require(try read(whole))
    for length in 0..<whole.count {
      guard let values = try? read(Array(whole[..<length])) else { continue }
      #expect(values == expected, "the first \(length) bytes")
    }
  }
}
