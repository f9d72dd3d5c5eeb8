import AuditRecord
import LogLines
import RecordSamples
import Testing

/// Tests that a line whose origin is not stated in a form that processes cannot write is no record, unless any program is trusted.
@Suite struct OriginTests {
  private static let fields = String(SampleRecord.payload().split(separator: ": ", maxSplits: 1)[1])
  private static let kernel = "audit: type=1326 " + SampleRecord.payload()
  private static let auditd = "type=SECCOMP msg=" + SampleRecord.payload()

  private static func object(_ members: String, _ text: String = kernel) -> String {
    "{\(members),\"message\":\"\(text.replacing("\"", with: "\\\""))\"}"
  }

  private func expectProgram(_ lines: [String]) {
    let found = LineFormTests.contents(lines)
    #expect(found == [.unread(.program)] || found == [.unread(.containerLog)], "\(found)")
    #expect(LineFormTests.contents(lines, trust: .any).first?.isRecord == true)
  }

  @Test(
    "An object is neutral only if all of its fields are known to be",
    arguments: [
      #""__CURSOR":"s=1""#, #""transport":"syslog""#, #""_transport":"kernel""#, #""TRANSPORT":"kernel""#,
      #""process":{"program":"x"}"#, #""log":{"syslog":{"appname":"x"}}"#, #""logger":"x""#,
      #""level":"info""#,
      #""container":{"id":"x"}"#, #""log":{"file":{"path":"/var/log/containers/x.log"}}"#, #""logtag":"F""#,
      #""filename":"/var/log/pods/syslog""#, #""path":"/var/log/messages/x""#,
      #""input":{"type":"container"}"#,
      #""program":"audience""#, #""ident":"auditd2""#, #""program":"auditd""#, #""stream":1"#, #""tag":"x""#,
      #""program":"kernel","facility":"user""#, #""syslogtag":"kernel:","pri":"13""#, #""facility":1"#,
      #""syslogfacility-text":"user""#, #""priority":13"#, #""_TRANSPORT":["kernel"]"#, #""_TRANSPORT":null"#,
      #""_TRANSPORT":"syslog","_TRANSPORT":"kernel""#, #""rawmsg":"<13>x""#, #""\u005fTRANSPORT":"syslog""#,
    ])
  func objects(members: String) { expectProgram([Self.object(members)]) }

  @Test(
    "What shippers add to the kernel's or auditd's log is neutral",
    arguments: [
      (
        #""@timestamp":"x","log":{"offset":1,"file":{"path":"/var/log/audit/audit.log.1"}},"input":{"type":"log"}"#,
        auditd
      ),
      (
        #""@metadata":{"beat":"filebeat"},"ecs":{"version":"8"},"host":{"name":"a","ip":["1"]},"agent":{"name":"a"}"#,
        auditd
      ),
      (
        #""syslogtag":"kernel:","pri":"5","syslogfacility-text":"kern","fromhost":"a","fromhost-ip":"127.0.0.1","hostname":"a""#,
        kernel
      ),
      (#""PROGRAM":"kernel","FACILITY":"kern","PRIORITY":"notice","HOST":"a""#, kernel),
      (#""file":"/var/log/kern.log-20240516""#, kernel), (#""program":"audispd","facility":"user""#, auditd),
    ])
  func neutral(members: String, text: String) {
    #expect(LineFormTests.contents([Self.object(members, text)]).first?.isRecord == true)
  }

  @Test("An entry of journald's without its transport is a program's")
  func withoutTransport() {
    expectProgram(["__CURSOR=s=1;i=2", "_HOSTNAME=a", "MESSAGE=" + Self.kernel, ""])
    expectProgram([
      "Thu 2024-05-16 08:13:07.650000 UTC [s=1a;i=2b;b=3c;m=4d;t=5e;x=6f]", "    MESSAGE=" + Self.kernel,
    ])
  }

  @Test(
    "A record of another node is not this machine's, in whatever way an object states the node",
    arguments: [
      #""host":"b""#, #""host":{"name":"b"}"#, #""host":{"hostname":"b"}"#, #""host.name":"b""#,
      #""agent":{"hostname":"b"}"#, #""nodename":"b""#, #""Hostname":"b""#, #""kubernetes_node":"b""#,
      #""kubernetes":{"host":"b","pod_name":"x"}"#,
      #""_HOSTNAME":"b""#,
      #""fromhost":"b""#,
    ])
  func nodes(members: String) {
    guard case .record(_, _, node: "b") = LineFormTests.contents([Self.object(members)], trust: .any).first
    else {
      Issue.record("\(LineFormTests.contents([Self.object(members)], trust: .any))")
      return
    }
  }

  @Test(
    "A record of which the node is stated twice, or in an unknown way, is not read",
    arguments: [
      #""hostname":"a","fromhost":"b""#, #""host":5"#, #""host":["b"]"#, #""agent":{"hostname":{"x":1}}"#,
      #""source_host":{"x":"b"}"#, #""host":"a","nodename":"ab""#,
    ])
  func unknownNodes(members: String) {
    #expect(LineFormTests.contents([Self.object(members)], trust: .any) == [.unread(.unknownForm)])
  }

  @Test(
    "A facility that is stated, and a time that container tools write, make a line a program's",
    arguments: [
      "<13>Nov 23 22:12:01 host audit[3723190]: SECCOMP " + fields,
      "<13>1 2026-11-23T22:12:01+00:00 host audit 3723190 - - SECCOMP " + fields,
      "Nov 23 22:12:01 host user.notice audit[3723190]: SECCOMP " + fields,
      "2026-11-23T22:12:01.000000001Z host kernel: " + kernel,
      "2026-11-23T22:12:01.000000001Z kernel: " + kernel,
      "2026-11-23T22:12:01Z host auditd: " + auditd,
      "2026-11-23T22:12:01Z host audit[3723190]: SECCOMP " + fields,
      "[   12.345678] host myapp[9]: " + kernel, "[   12.345678] host myapp: " + auditd,
    ])
  func stated(line: String) { expectProgram([line]) }

  @Test("The facility of the audit socket's messages is that of journald")
  func auth() {
    for line in [
      "<37>Nov 23 22:12:01 host audit[3723190]: SECCOMP ", "Nov 23 22:12:01 host audit[3723190]: SECCOMP ",
    ] {
      #expect(LineFormTests.contents([line + Self.fields]).first?.isRecord == true)
    }
  }

  @Test("A zone's number is honoured, and a name that is not the local one is not")
  func zones() throws {
    func read(_ zone: String) -> [LineFormTests.Content] {
      LineFormTests.contents(["Thu 2024-05-16 08:13:07 \(zone) host audit[3723190]: SECCOMP " + Self.fields])
    }
    for (zone, seconds) in [("UTC", 1_715_847_187), ("+0100", 1_715_843_587), ("-03", 1_715_857_987)]
      as [(String, Int64)]
    {
      #expect(try #require(try read(zone).first?.values()).stamp.seconds == seconds)
    }
    for zone in ["XYZ", "QQQQQ"] { #expect(read(zone) == [.unread(.unknownZone)]) }
  }

  @Test("Lines are counted for each reason", arguments: UnreadLine.allCases)
  func counts(reason: UnreadLine) {
    var counts = UnreadCounts()
    counts.add(2, for: reason)
    #expect(counts.total == 2 && counts[reason] == 2 && counts.explanations.count == 1)
  }

  @Test("Files of bzip2 and UTF-16 without a mark are counted")
  func notText() {
    let utf16: [UInt8] = Self.auditd.utf8.reduce(into: []) { $0 += [$1, 0] }
    for bytes in [utf16, Array("BZh91AY&SY\u{1}\u{2}".utf8)] as [[UInt8]] {
      var reader = LogLineReader(types: [.seccomp])
      #expect(reader.read(bytes.span) == .unread(.notText))
    }
  }

  @Test("Later lines of messages are no log that is indented, nor is a log of which one line is not")
  func indented() {
    let deep = String(repeating: " ", count: 15) + "[   12.345678] " + Self.kernel
    #expect(!LogLine.reading([deep, deep]).contains { $0.isRecord })
    let line = "    [   12.345678] " + Self.kernel
    #expect(
      LogLine.reading([line, "", line, "x", line]).map(\.isRecord) == [true, false, true, false, false])
    #expect(LogLine.reading([line, Self.auditd, line]).map(\.isRecord) == [true, true, false])
  }
}
