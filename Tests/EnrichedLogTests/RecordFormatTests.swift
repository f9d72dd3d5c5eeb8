import AuditRecord
import AuditSource
import EnrichedLog
import Testing

@Suite struct RecordFormatTests {
  static var redis: RecordOwner {
    var owner = RecordOwner()
    owner.namespace = "scp-ns"
    owner.pod = "scp-test-pod"
    owner.container = "redis"
    owner.podUID = "6c5ff6f3"
    owner.containerID = "4f0c"
    return owner
  }

  private let basic = #"""
    "audit" logger="log-enricher" timestamp="1715847187.650:21196375" type="seccomp" \#
    node="ip-192-168-86-155.us-west-2.compute.internal" namespace="scp-ns" pod="scp-test-pod" \#
    container="redis" \#
    executable="/usr/local/bin/redis-server" pid=3723190 syscallID=39 syscallName="getpid"
    """#

  @Test("A basic line equals that of the Security Profiles Operator's log enricher")
  func basicLine() throws {
    let node = "ip-192-168-86-155.us-west-2.compute.internal"
    let rendering = Rendering(fields: .basic, node: node, owner: Self.redis)
    #expect(try rendering.body(payload()) == basic + "\n")
  }

  @Test("A full line begins with the basic line and continues with all known fields in a fixed order")
  func fullLine() throws {
    var owner = Self.redis
    owner.attribution = .exited
    let rendering = Rendering(node: "ip-192-168-86-155.us-west-2.compute.internal", owner: owner)
    let rest = #"""
       arch="x86_64" action="kill_process" signal="SIGSYS" uid=0 gid=0 comm="redis-server" podUID="6c5ff6f3" \#
      containerID="4f0c" attribution="exited"
      """#
    let text = payload(sig: "31", code: "0x80000000")
    #expect(try rendering.body(text) == "\(basic) \(rest.drop { $0 == " " })\n")
  }

  @Test("The header is klog's: level, date, time, thread, and a source that never changes, in every line")
  func header() throws {
    for line in [try Rendering().text(payload()), Rendering().loss(1), Rendering().suppression(1)] {
      let source = try #require(line.firstRange(of: #"enricher.swift:1] "audit"#), "\(line)")
      let before = line[..<source.lowerBound]
      #expect(
        before.wholeMatch(of: /[IW]05(15|16|17) ..:..:07\.654039 (?=[ 0-9]{7})[ ]*[0-9]+[ ]/) != nil,
        "\(line)")
    }
  }

  @Test("A host process has empty names and its unit")
  func host() throws {
    var rendering = Rendering()
    rendering.owner.unit = "sshd.service"
    let body = try rendering.body(payload())
    #expect(body.contains(#" namespace="" pod="" container="" executable="#))
    #expect(body.hasSuffix(#" comm="redis-server" unit="sshd.service""# + "\n"))
  }

  @Test(
    "A container of a runtime without CRI has its ID and its runtime", arguments: RecordFormat.Style.allCases)
  func foreign(style: RecordFormat.Style) throws {
    var rendering = Rendering(style: style)
    rendering.owner.containerID = "4f0c"
    rendering.owner.runtime = "docker"
    rendering.owner.attribution = .inherited
    let text = try rendering.text(payload())
    let keys =
      style == .json
      ? #","comm":"redis-server","containerID":"4f0c","runtime":"docker","attribution":"inherited","code":"#
      : #" comm="redis-server" containerID="4f0c" runtime="docker" attribution="inherited""# + "\n"
    #expect(text.contains(keys))
    rendering.fields = .basic
    #expect(try !rendering.text(payload()).contains("runtime"))
  }

  @Test("An unresolved record has a reason as its last field")
  func unresolved() throws {
    var rendering = Rendering()
    rendering.owner.attribution = .unresolved
    rendering.owner.reason = "process-exited"
    #expect(
      try rendering.body(payload()).hasSuffix(#" attribution="unresolved" reason="process-exited""# + "\n"))
    rendering.owner.attribution = .noCRI
    rendering.owner.reason = nil
    #expect(try rendering.body(payload()).hasSuffix(#" attribution="no-cri""# + "\n"))
  }

  @Test("An unknown syscall keeps its number", arguments: ["-1", "100000", "9223372036854775807"])
  func unknownSyscall(number: String) throws {
    let body = try Rendering().body(payload(syscall: number))
    #expect(body.contains(#" syscallID=\#(number) syscallName="unknown" "#))
  }

  @Test("The text of a syscall does not depend on earlier records", arguments: RecordFormat.Fields.allCases)
  func manySyscalls(fields: RecordFormat.Fields) throws {
    let rendering = Rendering(fields: fields)
    // More syscalls than the cache has entries, some with the same index. One of them stays in the cache.
    let (x86, arm) = ("c000003e", "c00000b7")
    let payloads = (0..<4000).flatMap { count in
      let number = count % 2000
      return [
        (x86, number), (x86, number), (x86, number + 512), (arm, number + 512), (x86, number), (x86, 7),
      ].map {
        Array(payload(arch: $0, syscall: "\($1)").utf8)
      }
    }
    let lines = try rendering.lines(payloads)
    let reversed = try rendering.lines(payloads.reversed())
    for (line, other) in zip(lines, reversed.reversed()) { try #require(line == other) }
    #expect(Set(lines).count > 2000)
  }

  @Test(
    "An unknown machine stands as the kernel's token, an unknown action and signal by number or not at all")
  func unknownMachine() throws {
    let body = try Rendering().body(payload(sig: "40", arch: "deadbeef", code: "0x12340000"))
    #expect(body.contains(#" syscallName="unknown" arch="0xdeadbeef" signal="40" uid=0"#))
    #expect(!body.contains("action="))
  }

  @Test("A missing text is empty, and the path of a deleted file is marked")
  func missingTexts() throws {
    let body = try Rendering().body(payload(comm: "(null)", exe: "(null)"))
    #expect(body.contains(#" executable="" pid="#))
    #expect(!body.contains("comm="))
    let deleted = try Rendering().body(payload(exe: hexadecimal("/tmp/gone (deleted)".utf8)))
    #expect(deleted.contains(#" executable="/tmp/gone (deleted)" pid="#))
  }

  @Test("A line's node name replaces this machine's, and is quoted", arguments: RecordFormat.Style.allCases)
  func lineNode(style: RecordFormat.Style) throws {
    let rendering = Rendering(style: style)
    let line = try rendering.bytes(Array(payload().utf8), lineNode: Array("a\"b".utf8))
    let text = String(decoding: line, as: UTF8.self)
    #expect(text.contains(style == .json ? #","node":"a\"b","# : #" node="a\"b" "#))
    #expect(!text.contains("worker-1"))
  }

  private let lost = #"""
    "audit records lost" logger="log-enricher" type="loss" node="worker-1" count=1234 where="socket" place="socket"

    """#

  @Test("A loss is reported in one line with node, count and stage")
  func loss() throws {
    let klog = Rendering().loss(1234)
    #expect(klog.first == "W")
    #expect(klog.hasSuffix("] \(lost)"))
    #expect(Rendering(style: .journald).loss(1234) == lost)
    #expect(StructuredText(klog)?.keys == ["logger", "type", "node", "count", "where", "place"])
    let stamp = AuditStamp(seconds: 1_715_847_187, milliseconds: 650, serial: 0)
    let values = try Rendering.decode(Array(Rendering(style: .json).loss(.max >> 1, at: stamp).utf8))
    #expect(values["time"] == "2024-05-16T08:13:07.650Z")
    #expect(values["message"] == "audit records lost")
    #expect(values["count"] == .number(.max))
    #expect(values["where"] == "socket")
    #expect(values["place"] == "socket" && values["type"] == "loss" && values["node"] == "worker-1")
  }

  @Test("Every loss has the type loss and the node's name", arguments: LossStage.allCases)
  func losses(stage: LossStage) throws {
    let line = Rendering(node: #"a"b"#).loss(1, stage: stage)
    let type = stage == .suppressed ? "suppressed" : "loss"
    #expect(line.contains(#" type="\#(type)" node="a\"b" count=1 "#), "\(line)")
    #expect(line.hasSuffix(#" where="\#(stage.rawValue)" place="\#(stage.rawValue)""# + "\n"), "\(line)")
  }

  @Test("A suppression is reported in one line with node, container and stage")
  func suppression() throws {
    let klog = Rendering(owner: Self.redis).suppression(7)
    let line = #"""
      "audit records suppressed" logger="log-enricher" type="suppressed" node="worker-1" suppressed=7 \#
      namespace="scp-ns" pod="scp-test-pod" container="redis" podUID="6c5ff6f3" containerID="4f0c" \#
      place="suppressed"
      """#
    #expect(klog.hasSuffix("] \(line)\n"), "\(klog)")
    let values = try Rendering.decode(
      Array(Rendering(style: .json, fields: .basic, owner: Self.redis).suppression(7).utf8))
    #expect(values["type"] == "suppressed" && values["node"] == "worker-1" && values["place"] == "suppressed")
    #expect(values["suppressed"] == 7 && values["pod"] == "scp-test-pod")
  }
}
