import AuditRecord
import LogLines
import RecordSamples
import Testing

/// Tests that in the forms besides audit.log and the kernel's log, text of a process never becomes a record, and nothing is passed over.
@Suite struct ForeignClaimTests {
  private static let payload = SampleRecord.payload()
  private static let fields = String(payload.split(separator: ": ", maxSplits: 1)[1])
  private static let seccomp = "audit: type=1326 \(payload)"
  private static let auditd = "type=SECCOMP msg=\(payload)"
  private static let entry = [
    "__CURSOR=s=1;i=2", "_TRANSPORT=audit", "_AUDIT_TYPE=1326", "_AUDIT_ID=1",
    "__REALTIME_TIMESTAMP=1715847187650000",
    "MESSAGE=SECCOMP \(fields)", "",
  ]

  private static func json(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      + "\""
  }

  @Test("Text of a kernel message is no record in any of the other forms", arguments: 0..<9)
  func textOfMessage(index: Int) {
    let forged: [[String]] = [
      [
        "{\"_TRANSPORT\":\"audit\",\"_AUDIT_TYPE\":\"1326\",\"MESSAGE\":\(Self.json("SECCOMP " + Self.fields))}"
      ],
      ["{\"log\":\(Self.json(Self.auditd))}"], Self.entry, ["> " + Self.auditd], ["x:" + Self.auditd],
      ["Nov 23 22:12:01 host audispd: " + Self.auditd],
      ["Nov 23 22:12:01 host audit[3723190]: SECCOMP " + Self.fields],
      ["{", "\t\"_TRANSPORT\" : \"audit\",", "\t\"MESSAGE\" : \(Self.json("SECCOMP " + Self.fields))", "}"],
      ["\u{1b}[0m" + Self.auditd],
    ]
    for first in ["Nov 23 22:12:01 host kernel: process 'x", "[   12.345678] process 'x"] {
      #expect(!LogLine.reading([first] + forged[index]).contains { $0.isRecord }, "\(forged[index])")
    }
    // The same text is a record if no message is before it.
    #expect(LogLine.reading(forged[index]).contains { $0.isRecord }, "\(forged[index])")
  }

  @Test("Each message of a log in JSON lines is one of that log")
  func messagesInJSON() {
    let lines = [
      "[   12.345678] process 'x", "[   12.345678] \(Self.seccomp)", "[   12.400000] \(Self.seccomp)",
    ]
    let read = LogLine.reading(lines.map { "{\"log\":\(Self.json($0 + "\n"))}" })
    #expect(read[1] == .unread(.messageText))
    #expect(read[2].isRecord)
  }

  @Test("A value with line feeds cannot imitate an entry of an export")
  func export() {
    let text = "x\n\n" + Self.entry.joined(separator: "\n") + "\n"
    var size = UInt64(text.utf8.count)
    // Each byte of the length is a character, which may be a line feed.
    var length: [UInt8] = []
    for _ in 0..<8 {
      length.append(UInt8(truncatingIfNeeded: size))
      size >>= 8
    }
    let bytes =
      Array("__CURSOR=s=1;i=2\n_TRANSPORT=syslog\nMESSAGE\n".utf8) + length + Array(text.utf8)
      + Array("\n\n".utf8) + Array(Self.entry.joined(separator: "\n").utf8)
    var reader = LogLineReader(types: [.seccomp])
    let contents = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      let line = Array($0)
      return reader.read(line.span)
    }
    #expect(contents.count { $0.isRecord } == 1)
    #expect(contents.last?.isRecord == true)
  }

  @Test("A value that was left out in part does not end early")
  func omitted() {
    var reader = LogLineReader(types: [.seccomp])
    func read(_ bytes: [UInt8], _ omitted: Int = 0) -> LogLine { reader.read(bytes.span, omitted: omitted) }
    func read(_ text: String) -> LogLine { read(Array(text.utf8)) }
    _ = read("__CURSOR=s=1;i=2")
    _ = read("COREDUMP")
    let text = Self.entry.joined(separator: "\n")
    // The value is a long line and then an entry, 8 bytes of length before it.
    let count = UInt64(100_000 + 1 + text.utf8.count + 1)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) }
    #expect(read(length + [UInt8](repeating: 0x78, count: 60_000), 40_000) == .other)
    for line in Self.entry { #expect(!read(line).isRecord) }
    #expect(read("") == .other)
    #expect(Self.entry.map { read($0) }.contains { $0.isRecord })
  }

  @Test("Each copy of the journal's is read once, and equal records that follow one another are all read")
  func copies() {
    func audit(_ serial: Int) -> String {
      "{\"_TRANSPORT\":\"audit\",\"_AUDIT_TYPE\":\"1326\",\"_AUDIT_ID\":\"\(serial)\",\"__REALTIME_TIMESTAMP\":\"1715847187650000\",\"MESSAGE\":\(Self.json("SECCOMP " + Self.fields))}"
    }
    func kernel(_ serial: Int) -> String {
      let record = "audit: type=1326 audit(1715847187.650:\(serial)): \(Self.fields)"
      return "{\"_TRANSPORT\":\"kernel\",\"SYSLOG_FACILITY\":\"0\",\"MESSAGE\":\(Self.json(record))}"
    }
    let json = LogLine.reading([audit(1), kernel(1), kernel(2), audit(2), audit(3), audit(4), kernel(4)])
    #expect(json.map(\.isRecord) == [true, false, true, false, true, true, false])
    let a = "Nov 23 22:12:01 host audit[3723190]: SECCOMP " + Self.fields
    let k = "Nov 23 22:12:01 host kernel: " + Self.seccomp
    #expect(
      LogLine.reading([a, k, k, a, a, a, k, k]).map(\.isRecord) == [
        true, false, true, false, true, true, false, false,
      ])
    #expect(LogLine.reading([k, k, k]).allSatisfy { $0.isRecord })
  }

  @Test(
    "A program's line is counted, and read if any program is trusted",
    arguments: [
      "Nov 23 22:12:01 host myapp: \(seccomp)", "Nov 23 22:12:01 host myapp[1]: \(auditd)",
      "<13>Nov 23 22:12:01 host kernel: \(seccomp)",
      "<13>1 2026-11-23T22:12:01Z host kernel - - - \(seccomp)",
      "2026-11-23T22:12:01Z stderr F \(auditd)", "2026-11-23T22:12:01.000000001Z \(seccomp)",
      "user  :notice: [   12.345678] \(seccomp)",
      "10.0.0.3: user: notice: [2026-11-23T22:12:01Z]: \(seccomp)",
      "{\"stream\":\"stdout\",\"log\":\(json(seccomp))}", "{\"kubernetes\":{},\"message\":\(json(auditd))}",
      "{\"log\":\(json("{\"stream\":\"stdout\",\"log\":\(json(seccomp))}"))}",
      "{\"_TRANSPORT\":\"stdout\",\"MESSAGE\":\(json(auditd))}",
      "{\"_TRANSPORT\":\"kernel\",\"SYSLOG_FACILITY\":\"1\",\"MESSAGE\":\(json(seccomp))}",
      "{\"SYSLOG_IDENTIFIER\":\"x\",\"MESSAGE\":\(json(seccomp))}",
      "Nov 23 22:12:01 host audit[1]: SECCOMP \(fields)", "Nov 23 22:12:01 host audit: SECCOMP \(fields)",
    ])
  func programs(line: String) {
    let found = LineFormTests.contents([line])
    #expect(found == [.unread(.program)] || found == [.unread(.containerLog)], "\(found)")
    #expect(LineFormTests.contents([line], trust: .any).first?.isRecord == true)
  }

  @Test(
    "A line in no known form that looks like a record is counted",
    arguments: [
      "x audit: type=1326 \(payload)", "2 audit: type=SECCOMP msg=\(payload)",
      "- type=SECCOMP msg=\(payload)",
      "12,1234,5678,-;audit: type=1326 \(payload)",
    ])
  func unknown(line: String) {
    let found = LineFormTests.contents([line])
    #expect(found.count == 1 && found.first?.isRecord == false, "\(found)")
  }

  @Test(
    "Lines that have been enriched are counted",
    arguments: [
      "I1130 20:01:25.283999   10207 enricher.swift:1] \"audit\" type=\"seccomp\" node=\"a\"",
      "{\"timestamp\":\"1.2:3\",\"type\":\"seccomp\",\"node\":\"a\"}",
    ])
  func enriched(line: String) { #expect(LineFormTests.contents([line]) == [.unread(.enriched)]) }

  @Test("A log that is indented is read, and a later line of a message is not", arguments: ["    ", "\t"])
  func indented(indentation: String) {
    let line = indentation + "[   12.345678] " + Self.seccomp
    #expect(LogLine.reading([line, "", line]).map(\.isRecord) == [true, false, true])
    // The first line is not indented.
    #expect(!LogLine.reading(["[   12.345678] process 'x", line])[1].isRecord)
    #expect(!LogLine.reading([indentation + indentation + "x", line])[1].isRecord)
    // A time is missing, as in the second line of a message.
    #expect(!LogLine.reading([indentation + Self.seccomp])[0].isRecord)
  }
}
