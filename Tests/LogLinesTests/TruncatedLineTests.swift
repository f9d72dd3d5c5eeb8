import AuditRecord
import RecordSamples
import Testing

/// A truncated line has the complete record or none, or its record is malformed; it never has another record.
@Suite struct TruncatedLineTests {
  @Test("A RAW line that is truncated at any byte is malformed or not a record", arguments: Captures.raw)
  func rawLines(text: String) throws {
    let differing = try RecordValues.differing(inStartsOf: Array(text.utf8)) { line throws(MalformedRecord) in
      try RecordValues(line: line)
    }
    #expect(differing.isEmpty)
  }

  @Test("A truncated ENRICHED line has the complete record or none", arguments: Captures.enriched)
  func enrichedLines(text: String) throws {
    let differing = try RecordValues.differing(inStartsOf: Array(text.utf8)) { line throws(MalformedRecord) in
      try RecordValues(line: line)
    }
    #expect(differing.isEmpty)
  }

  @Test("A truncated line without the separator has the record or none", arguments: Captures.enriched)
  func gluedLines(text: String) throws {
    let differing = try RecordValues.differing(inStartsOf: text.utf8.filter { $0 != 0x1d }) {
      line throws(MalformedRecord) in
      try RecordValues(line: line)
    }
    #expect(differing.isEmpty)
  }

  @Test(
    "A line of the kernel's log that is truncated at any byte is malformed or not a record",
    arguments: Captures.kernelLog)
  func kernelLines(text: String) throws {
    let differing = try RecordValues.differing(inStartsOf: Array(text.utf8)) { line throws(MalformedRecord) in
      try RecordValues(line: line)
    }
    #expect(differing.isEmpty)
  }
}
