import AuditRecord
import LogLines
import RecordSamples
import Testing

@Suite struct LogLineTests {
  static let payload = SampleRecord.payload()

  @Test("A derived line of any form contains the record that the kernel sent", arguments: 0..<28)
  func derived(index: Int) throws {
    let expected = try RecordValues(Captures.live[index])
    #expect(try RecordValues(line: Array(Captures.raw[index].utf8)) == expected)
    #expect(try RecordValues(line: Array(Captures.enriched[index].utf8)) == expected)
    #expect(try RecordValues(line: Captures.enriched[index].utf8.filter { $0 != 0x1d }) == expected)
    #expect(try RecordValues(line: Array(Captures.kernelLog[index].utf8)) == expected)
  }

  @Test(
    "A record is found after any prefix that logs add",
    arguments: [
      "type=SECCOMP msg=", "type=1326 msg=", "type=UNKNOWN[1326] msg=", "node=worker-1 type=SECCOMP msg=",
      "[    0.123456] audit: type=1326 ", "<5>[12345.123456] audit: type=1326 ",
      "5,1234,5678,-;audit: type=1326 ", "[Thu Nov 23 22:12:01 2026] audit: type=1326 ",
      "5,1234,5678,-,caller=T12;audit: type=1326 ", "<7>[    0.123456] audit: type=1326 ",
      "0,1,2,c;audit: type=1326 ",
      "Nov 23 22:12:01 host kernel: audit: type=1326 ", "Nov  3 22:12:01 host kernel: audit: type=1326 ",
      "Nov 23 22:12:01 host kernel: [   12.345678] audit: type=1326 ",
      "2026-11-23T22:12:01.123456+00:00 host kernel: audit: type=1326 ",
      "2026-11-23T22:12:01+00:00 host kernel: [   12.345678] audit: type=1326 ",
    ])
  func found(prefix: String) throws {
    for end in ["", "\r", "\0", "\r\0"] {
      let line = Array((prefix + Self.payload + end).utf8)
      #expect(try RecordValues(line: line) == RecordValues(Self.payload))
    }
  }

  @Test(
    "Lines of other programs are not trusted, even if they look like records",
    arguments: [
      "Nov 23 22:12:01 host myapp: audit: type=1326 ", "Nov 23 22:12:01 host myapp[1]: audit: type=1326 ",
      "Nov 23 22:12:01 host myapp: kernel: audit: type=1326 ",
      "Nov 23 22:12:01 host myapp kernel: audit: type=1326 ",
      "Nov 23 22:12:01 host myapp: Nov 23 22:12:01 host kernel: audit: type=1326 ",
      "2026-11-23T22:12:01+00:00 host myapp: kernel: audit: type=1326 ",
      "2026-11-23T22:12:01+00:00 host kernel[1]: audit: type=1326 ",
      "2026-11-23T22:12:01+00:00 host myapp: type=SECCOMP msg=",
      "Nov 23 22:12:01 host myapp: type=SECCOMP msg=",
      "[   12.345678] myapp: audit: type=1326 ", "5,1,2,-;myapp: audit: type=1326 ",
      "x audit: type=1326 ", " audit: type=1326 ", "kernel: audit: type=1326 ",
      "node=a audit: type=1326 ", "Nov 23 22:12:01 host kernel: kernel: audit: type=1326 ",
      // Messages that a program writes to /dev/kmsg have another facility than the kernel's, by default `user`.
      "12,1234,5678,-;audit: type=1326 ", "8,1234,5678,-;audit: type=1326 ", "012,1,2,-;audit: type=1326 ",
      "12,1,2,-;x host kernel: audit: type=1326 ", "12,1,2,c;x host kernel: audit: type=1326 ",
      "5,1,2,-;x host kernel: audit: type=1326 ", ",;audit: type=1326 ",
      "<12>[   12.345678] audit: type=1326 ", "<12>audit: type=1326 ", "<8>audit: type=1326 ",
      "<>audit: type=1326 ", "<x>audit: type=1326 ", "<5>[ 1.0] [ 1.0] audit: type=1326 ",
    ])
  func notTrusted(prefix: String) {
    #expect(!LogLine.reading([prefix + Self.payload])[0].isRecord)
  }

  @Test(
    "Lines without a SECCOMP record are ignored",
    arguments: [
      "", " ", "\r", "\0", "node=", "node=a", "node=a ", "type=", "type=SYSCALL msg=audit(1.002:3): pid=1",
      "type=SECCOMPX msg=audit(1.002:3): pid=1", "type=SECCOMP", "audit: type=1300 audit(1.002:3): pid=1",
      "audit: type=13260 audit(1.002:3):", "<", "<5>", "[", "[ 1.0]", "[ 1.0] ", "5", "5,", "5,1,2,-;", "Nov",
      "Nov 23 22:12:01 host", "Nov 23 22:12:01 host kernel:", "2026-11-23T22:12:01+00:00 host kernel: ",
    ])
  func other(text: String) {
    let line = Array(text.utf8)
    var reader = LogLineReader(types: [.seccomp])
    #expect(reader.read(line.span) == .other)
  }

  @Test("A line's node name is found")
  func node() throws {
    let line = Array("node=worker-1.example type=SECCOMP msg=\(Self.payload)".utf8)
    var reader = LogLineReader(types: [.seccomp])
    guard case .record(_, let record, let node) = reader.read(line.span) else {
      Issue.record("no record found")
      return
    }
    #expect(node.map { String(decoding: line[$0], as: UTF8.self) } == "worker-1.example")
    #expect(String(decoding: line[record], as: UTF8.self) == Self.payload)
  }

  @Test(
    "The host of a syslog line is its node name",
    arguments: [
      "Nov  3 22:12:01 worker-2 kernel: ", "Nov 23 22:12:01 worker-2 kernel: [   12.345678] ",
      "2026-11-23T22:12:01+00:00 worker-2 kernel: ",
    ])
  func host(prefix: String) throws {
    let line = Array("\(prefix)audit: type=1326 \(Self.payload)".utf8)
    var reader = LogLineReader(types: [.seccomp])
    guard case .record(_, _, let node?) = reader.read(line.span) else {
      Issue.record("no record with a node found")
      return
    }
    #expect(String(decoding: line[node], as: UTF8.self) == "worker-2")
  }

  @Test(
    "A kernel message without a time is read, except in a log whose other messages have times",
    arguments: ["", "<5>", "<7>"])
  func withoutTime(prefix: String) {
    let line = "\(prefix)audit: type=1326 \(Self.payload)"
    #expect(LogLine.reading([line, line]).allSatisfy { $0.isRecord })
    let timed = "[   12.345678] audit: type=1326 \(Self.payload)"
    #expect(LogLine.reading([timed, line])[1] == .unread(.noTime))
  }

  @Test("A line that begins with zero bytes or is UTF-16 is counted as unread")
  func notText() {
    let record = Array("type=SECCOMP msg=\(Self.payload)".utf8)
    var reader = LogLineReader(types: [.seccomp])
    for beginning: [UInt8] in [[0], [0, 0, 0], [0xff, 0xfe], [0xfe, 0xff]] {
      let line = beginning + record
      #expect(reader.read(line.span) == .unread(.notText))
    }
    // The line may have been cut before a record.
    let zeros = [UInt8](repeating: 0, count: 65_536)
    #expect(reader.read(zeros.span) == .unread(.notText))
    #expect(reader.read(zeros.span.extracting(0..<100)) == .other)
  }

  @Test("A line that claims to be a record but is not one is malformed, not ignored")
  func claims() throws {
    for text in ["type=SECCOMP hello", "type=SECCOMP msg=", "[ 1.000000] audit: type=1326 "] {
      #expect(throws: MalformedRecord.noStamp) { try RecordValues(line: Array(text.utf8)) }
    }
  }

  @Test(
    "A program's own report of a decision is counted, and is not a record",
    arguments: [
      "type=USER_AVC msg=audit(1.002:3): pid=1 uid=0 msg='avc:  denied  { start } for  scontext=a'",
      "node=a type=USER_AVC msg=audit(1.002:3): pid=1 msg='type=AVC msg=audit(1.1:1): avc:  denied'",
      "[   12.345678] audit: type=1107 audit(1.002:3): pid=1 uid=0 msg='avc:  denied  { start }'",
    ])
  func userMessages(line: String) {
    for (types, expected) in [([.seccomp, .avc], .unread(.userMessage)), ([.seccomp], .other)]
      as [([RecordType], LogLine)]
    {
      var reader = LogLineReader(types: types)
      #expect(reader.read(Array(line.utf8).span) == expected)
    }
  }

  @Test("The requested types can change")
  func use() {
    var reader = LogLineReader(types: [.seccomp])
    let line = Array("type=AVC msg=audit(1.002:3): avc:  denied".utf8)
    #expect(reader.read(line.span) == .other)
    reader.use([.avc])
    #expect(reader.read(line.span) == .record(type: 1400, text: 13..<line.count, node: nil))
  }

  @Test("Records of the requested types are found in each form of a log, and no others")
  func types() {
    let abend = RecordType(1701, name: "ANOM_ABEND")
    for (name, number) in [("SECCOMP", 1326), ("AVC", 1400), ("ANOM_ABEND", 1701)] as [(String, UInt16)] {
      for form in [
        "type=\(name) msg=", "node=a type=\(name) msg=", "type=UNKNOWN[\(number)] msg=",
        "type=\(number) msg=", "[   12.345678] audit: type=\(number) ",
      ] {
        let line = Array("\(form)audit(1.002:3): pid=7".utf8)
        for types in [[.seccomp, abend], [.seccomp, .avc], [.seccomp], [abend], []] as [[RecordType]] {
          var reader = LogLineReader(types: types)
          guard types.contains(where: { $0.number == number }) else {
            #expect(reader.read(line.span) == .other)
            continue
          }
          guard case .record(number, let text, _) = reader.read(line.span) else {
            Issue.record("no record in \(form)")
            continue
          }
          #expect(String(decoding: line[text], as: UTF8.self) == "audit(1.002:3): pid=7")
        }
      }
    }
  }
}
