import AuditRecord
import EnrichedLog
import JSONText
import ObservedSyscalls
import TestSupport
import Testing

/// What a line says, as text.
struct Reading: Equatable {
  var content: LineContent
  /// Namespace, pod, container, node.
  var owner = ""
  var syscall = ""
  var number: Int64 = -1
  var arch = ""
  var action: SeccompAction?
  var count: UInt64 = 1
  var first: Int64 = 0
  var last: Int64 = 0

  init(_ line: String) throws {
    var reader = LineReader()
    try self.init(line, &reader)
  }

  init(_ line: String, _ reader: inout LineReader) throws {
    content = try reader.read(Array(line.utf8).span)
    guard [.calls, .loss, .suppressed].contains(content) else { return }
    let observation = reader.observation
    owner = [observation.namespace, observation.pod, observation.container, observation.node]
      .map { reader.names[$0] }.joined(separator: "/")
    syscall =
      content == .loss
      ? reader.names[reader.place]
      : ([observation.syscall] + reader.listed).map { reader.names[$0] }.filter { !$0.isEmpty }
        .joined(separator: " ")
    (number, arch) = (observation.number, reader.names[observation.arch])
    (action, count) = (observation.action, observation.count)
    (first, last) = (observation.first, observation.last)
  }
}

@Suite struct LineReaderTests {
  /// A record of 2024-05-16T08:13:07.650Z.
  private static let payload =
    "audit(1715847187.650:21196375): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=29267 comm=\"runc:[2:INIT]\" exe=\"/opt/a b\" sig=0 arch=c000003e syscall=257 compat=0 ip=0x7fec529f1829 code=0x7ffc0000"
  private static let time: Int64 = 1_715_847_187_650

  /// The line of the record, without its line feed.
  private func line(
    _ style: RecordFormat.Style, _ fields: RecordFormat.Fields, pod: String = "web-1",
    count: RecordCount? = nil
  ) throws -> String {
    var format = RecordFormat(style: style, fields: fields, node: "n1")
    format.setTime(seconds: 1_715_847_188, microseconds: 0)
    var owner = RecordOwner()
    (owner.namespace, owner.pod, owner.container) = ("prod", pod, "app")
    owner.containerID = String(repeating: "ab", count: 32)
    let rendered = format.render(owner)
    let bytes = Array(Self.payload.utf8)
    var record = try SeccompRecord(parsing: bytes.span)
    if let count {
      let line = RecordFormat.CountedLine(owner: rendered, detail: .all, count: count)
      try format.read(SeccompRecord.self, bytes.span, line)
    } else {
      format.append(&record, bytes.span, of: rendered)
    }
    if style == .journald {
      // As `journalctl -o json` shows an entry.
      let fields = format.journalEntries[0].map { field in
        let parts = field.split(separator: "=", maxSplits: 1)
        return "\"\(parts[0])\":\(String(parts[1]).quotedForJSON)"
      }
      return "{\"__REALTIME_TIMESTAMP\":\"1715847189000000\",\(fields.joined(separator: ","))}"
    }
    return format.withLines { lines in
      String(decoding: lines.indices.dropLast().map { lines[$0] }, as: UTF8.self)
    }
  }

  @Test(
    "Lines of this program in each form say the same",
    arguments: RecordFormat.Style.allCases, [RecordFormat.Fields.basic, .full])
  func own(_ style: RecordFormat.Style, _ fields: RecordFormat.Fields) throws {
    let reading = try Reading(line(style, fields))
    #expect(reading.content == .calls)
    #expect(reading.owner == "prod/web-1/app/n1")
    #expect(reading.syscall == "openat" && reading.number == 257)
    #expect(reading.last == Self.time && reading.first == Self.time && reading.count == 1)
    if fields == .full || style == .journald {
      #expect(reading.arch == "x86_64" && reading.action == .log)
    } else {
      #expect(reading.arch == "" && reading.action == nil)
    }
    var reader = LineReader(keepsExecutables: true)
    _ = try reader.read(Array(line(style, fields).utf8).span)
    #expect(reader.observation.runtime == (fields == .full ? .runc : nil))
    #expect(reader.names[reader.observation.executable] == "/opt/a b")
  }

  @Test(
    "A line that stands for several records says how many, and when", arguments: RecordFormat.Style.allCases)
  func counted(_ style: RecordFormat.Style) throws {
    let count = RecordCount(12_345, since: AuditStamp(seconds: 1_715_847_100, milliseconds: 7, serial: 3))
    let reading = try Reading(line(style, .full, count: count))
    #expect(reading.content == .calls && reading.syscall == "openat" && reading.count == 12_345)
    #expect(reading.first == 1_715_847_100_007 && reading.last == Self.time)
  }

  @Test("Calls that were counted whatever they were are calls without a name")
  func merged() throws {
    let line =
      #"I0516 08:13:07.654039 4190800 enricher.swift:1] "audit" logger="log-enricher" timestamp="1715847187.650:5" type="seccomp" node="n" namespace="a" pod="b" container="c" executable="*" pid=1 syscallID=-1 syscallName="" arch="x86_64" action="log" count=7 firstTimestamp="1715847187.650:2""#
    let reading = try Reading(line)
    #expect(reading.content == .calls && reading.number == Observations.otherNumbers && reading.count == 7)
    let report =
      #"W0516 08:13:07.654039 4190800 enricher.swift:1] "audit details merged" logger="log-enricher" type="merged" node="n" count=7 namespace="a" pod="b" container="c""#
    #expect(try Reading(report).content == .merged)
  }

  @Test("Names that need escapes are the same in each form", arguments: RecordFormat.Style.allCases)
  func escapes(_ style: RecordFormat.Style) throws {
    let pod = "a\"b\\c\u{7}\n\u{2028}é\" namespace=\"evil\""
    #expect(try Reading(line(style, .full, pod: pod)).owner == "prod/\(pod)/app/n1")
  }

  @Test("A container's log may hold the lines, as the kubelet and as Docker write it")
  func containerLogs() throws {
    for style in [RecordFormat.Style.klog, .json] {
      let line = try line(style, .full)
      let whole = try Reading(line)
      #expect(try Reading("2024-05-16T08:13:09.1Z stdout F \(line)") == whole)
      let escaped = line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      #expect(
        try Reading("{\"log\":\"\(escaped)\\n\",\"stream\":\"stderr\",\"time\":\"2024-05-16T08:13:09Z\"}")
          == whole)
    }
  }

  @Test("Lines that count several records say how many, and since when")
  func aggregated() throws {
    let line = try line(.json, .full).dropLast() + ",\"count\":12,\"firstTimestamp\":\"1715847180.001:7\"}"
    let reading = try Reading(String(line))
    #expect(reading.count == 12 && reading.first == 1_715_847_180_001 && reading.last == Self.time)
  }

  @Test("Lines of the Security Profiles Operator")
  func operatorLines() throws {
    let klog = try Reading(
      #"I0516 08:13:07.654039 1 enricher.go:447] "audit" logger="log-enricher" timestamp="1715847187.650:21196375" type="seccomp" node="n1" namespace="prod" pod="web" container="app" executable="/bin/x" pid=3 syscallID=257 syscallName="openat" arch=c000003e"#
    )
    #expect(klog.owner == "prod/web/app/n1" && klog.syscall == "openat" && klog.arch == "x86_64")
    let json = try Reading(
      #"{"auditID":"u","cmdLine":"ls -l ","executable":"/bin/ls","gid":0,"node":{"name":"n1"},"pid":123,"resource":{"container":"app","namespace":"prod","pod":"web"},"syscalls":["execve","openat"],"timestamp":"2024-05-16T08:13:07.650Z","uid":0,"version":"spo/v1_alpha"}"#
    )
    #expect(json.owner == "prod/web/app/n1" && json.syscall == "execve openat" && json.last == Self.time)
  }

  @Test("Rows of a database have a name, or a number and an architecture; keys may be in any case")
  func rows() throws {
    let row = try Reading(
      #"{"NAMESPACE":"prod","Pod":"web","container":"app","syscallname":"read","Count":"7"}"#)
    #expect(row.owner == "prod/web/app/" && row.syscall == "read" && row.count == 7)
    #expect(try Reading(#"{"pod":"web","syscallid":59,"arch":"x86_64"}"#).syscall == "execve")
    #expect(try Reading(#"{"pod":"web","syscallID":1073741863,"arch":"x32"}"#).syscall == "getpid")
    #expect(try Reading(#"{"pod":"web","syscallID":20,"arch":"40000003"}"#).syscall == "getpid")
    let unknown = try Reading(#"{"pod":"web","syscallID":9999,"arch":"x86_64","syscallName":"unknown"}"#)
    #expect(unknown.content == .calls && unknown.syscall == "" && unknown.number == 9999)
    #expect(try Reading(#"{"pod":"web","syscallID":59}"#).content == .other)
  }

  @Test("Lines about losses", arguments: RecordFormat.Style.allCases)
  func losses(_ style: RecordFormat.Style) throws {
    guard style != .journald else {
      let entry = try Reading(#"{"K8S_NODE":"n1","LOSS_PLACE":"socket","LOSS_COUNT":"9"}"#)
      #expect(
        entry.content == .loss && entry.count == 9 && entry.syscall == "socket" && entry.owner == "///n1")
      return
    }
    var format = RecordFormat(style: style, fields: .full, node: "n1")
    format.setTime(seconds: 1, microseconds: 0)
    var owner = RecordOwner()
    (owner.namespace, owner.pod, owner.container) = ("prod", "web", "app")
    let stamp = AuditStamp(seconds: 1, milliseconds: 2, serial: 3)
    format.append(lost: 9, .socket, at: stamp)
    format.append(suppressed: 8, of: format.render(owner), at: stamp)
    let lines = format.withLines { lines in String(decoding: lines.indices.map { lines[$0] }, as: UTF8.self) }
      .split(separator: "\n").map(String.init)
    let loss = try Reading(lines[0])
    #expect(loss.content == .loss && loss.count == 9 && loss.syscall == "socket" && loss.owner == "///n1")
    let suppressed = try Reading(lines[1])
    #expect(
      suppressed.content == .suppressed && suppressed.count == 8 && suppressed.owner == "prod/web/app/n1")
  }

  @Test(
    "Other lines are told apart",
    arguments: [
      ("", LineContent.other), ("text", .other), ("{}", .other), ("[1]", .other), ("{\"a\":}", .other),
      ("{", .openObject), ("{\"defaultAction\": \"SCMP_ACT_LOG\",", .openObject),
      ("{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"read\"]}]}", .profile),
      ("{\"type\":\"apparmor\",\"syscallName\":\"read\"}", .other),
      ("{\"syscallName\":\"read\"} x", .other),
      ("{\"message\":\"{\\\"syscallName\\\":\\\"read\\\"\"}", .other),
      ("type=SECCOMP msg=\(payload)", .record),
      ("Nov 29 20:50:09 n1 kernel: [1.5] audit: type=1326 \(payload)", .record),
      (#""audit" logger="other" type="seccomp" syscallName="read""#, .other),
      (#""audit" logger="log-enricher" type="seccomp" syscallName="read" pod="we"#, .other),
      (#"x "audit" logger="log-enricher" type="seccomp" syscallName="read""#, .other),
    ])
  func others(_ line: String, _ content: LineContent) throws {
    #expect(try Reading(line).content == content)
  }

  @Test("A time before 1970 is not known")
  func negativeTimes() throws {
    #expect(
      try Reading(
        #"{"__REALTIME_TIMESTAMP":"-7158471890000000","SYSCALL_NAME":"read","firstTimestamp":"1970-01-00T00:00:00Z"}"#
      ).last == 0)
    #expect(try Reading(#"{"syscallName":"read","firstTimestamp":"1970-01-00T00:00:00Z"}"#).first == 0)
  }

  @Test("A reader that knows the shape of a line reads other lines as one that does not")
  func shapes() throws {
    let whole =
      #"{"namespace":"prod","pod":"a","syscallName":"read","syscallID":0,"count":12,"type":"seccomp"}"#
    let others = [
      // Other values, of which some have another form.
      whole.replacing("\"a\"", with: "\"b\""), whole.replacing("\"a\"", with: "\"\""),
      whole.replacing("12", with: "7"),
      whole.replacing("12", with: "-7"), whole.replacing("12", with: "07"),
      whole.replacing("12", with: "1e2"),
      whole.replacing("12", with: ""), whole.replacing("12", with: "-"), whole.replacing("12", with: "[12]"),
      whole.replacing("12", with: "12 "), whole.replacing("\"a\"", with: #""\u0062""#),
      whole.replacing("\"a\"", with: #""é""#), whole.replacing("\"a\"", with: "\"a"),
      whole.replacing("\"a\"", with: "\"a\t\""), whole.replacing("\"read\"", with: "null"),
      // Another end, and other keys.
      whole + " ", whole + "x", String(whole.dropLast()), whole.replacing("pod", with: "container"),
      whole.replacing("}", with: ",\"arch\":\"x86\"}"), whole.replacing("seccomp", with: "other"),
      " \(whole)",
      "2024-05-16T08:13:09.1Z stdout F \(whole)",
      #"{"log":"\#(whole.replacing("\"", with: "\\\""))","node":"n"}"#,
      try line(.klog, .full), try line(.klog, .full, pod: "b"), try line(.klog, .basic),
      try line(.klog, .full) + "\r",
      try line(.klog, .full) + " x=1", try line(.json, .full), try line(.json, .basic),
      try line(.journald, .full),
    ]
    for first in [whole] + others {
      for second in [whole] + others {
        var reader = LineReader()
        for line in [first, whole, first] { _ = try reader.read(Array(line.utf8).span) }
        #expect(try Reading(second, &reader) == Reading(second), "\(second) after \(first)")
      }
    }
  }

  @Test("Random changes of lines never trap, and leave names valid")
  func mutations() throws {
    var random = SeededGenerator(seed: 25)
    let seeds = try RecordFormat.Style.allCases.map { Array(try line($0, .full).utf8) }
    let characters = Array(#"{}[]",:\u0x= I]"#.utf8) + [0, 0xff]
    var reader = LineReader()
    var calls = 0
    for _ in 0..<20_000 {
      var line = seeds.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        line[Int.random(in: line.indices, using: &random)] = characters.randomElement(using: &random)!
      }
      line.removeLast(max(0, Int.random(in: -line.count...line.count, using: &random)))
      if try reader.read(line.span) == .calls { calls += 1 }
      #expect(reader.names[reader.observation.pod].utf8.count < 200)
    }
    #expect(calls > 1000)
  }
}
