import AuditSource
import Cgroups
import ContainerRuntime
import Enrichment
import Snapshots
import TestSupport
import Testing

@Suite struct PipelineTests {
  static let container = ContainerID(PipelineFixture.id)!
  static let other = String(repeating: "1e2d", count: 16)

  private var snapshot: ProcessSource {
    PipelineFixture.snapshot([
      1: .host(unit: "sshd.service"), 2: .container(Self.container), 3: .host(unit: nil),
    ])
  }

  private var known: ContainerDirectory {
    var directory = ContainerDirectory(hasRuntime: false)
    _ = directory.listed([PipelineFixture.identity], at: 0)
    return directory
  }

  @Test("Records of a snapshot's containers have names, those of its units a unit, others a reason")
  func snapshotMode() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(in: directory, processes: snapshot, directory: known)
      for pid in [2, 1, 3, 9] { try fixture.process(PipelineFixture.payload(pid: pid)) }
      let lines = try fixture.lines()
      #expect(lines.count == 4)
      #expect(
        lines[0].contains(#" namespace="scp-ns" pod="scp-test-pod" container="redis" executable="/bin/sh""#))
      #expect(lines[0].hasSuffix(#" podUID="6c5f" containerID="\#(PipelineFixture.id)""#))
      #expect(lines[1].hasSuffix(#" comm="sh" unit="sshd.service""#))
      #expect(lines[2].hasSuffix(#" comm="sh""#))
      #expect(lines[3].hasSuffix(#" attribution="unresolved" reason="not-in-snapshot""#))
      #expect(fixture.pipeline.counters.summary == "records=4 enriched=3 unresolved=1 malformed=0")
    }
  }

  /// The reasons in the lines of records of the given times (seconds since 1970, milliseconds). Their process ran from 1715847180.000
  /// until a snapshot at 1715847190.000.
  private func reasons(_ times: [(Int64, Int)]) throws -> [String?] {
    try TemporaryDirectory.use { directory in
      let process = NodeSnapshot.Process(.container(Self.container), start: 1_715_847_180_000)
      let snapshot = NodeSnapshot(
        node: "own-node", time: 1_715_847_190_000, containers: [], processes: [2: process])
      var fixture = try PipelineFixture(in: directory, processes: .snapshot(snapshot), directory: known)
      for (seconds, milliseconds) in times {
        try fixture.process(
          PipelineFixture.payload(pid: 2, seconds: seconds).replacing(
            ".650:", with: ".\(milliseconds):"))
      }
      return try fixture.lines().map { line in
        line.firstRange(of: " reason=").map { String(line[$0.upperBound...]) }
      }
    }
  }

  @Test("A record from before a snapshot's process, or from after the snapshot, is not attributed")
  func timesOfSnapshot() throws {
    let reasons = try reasons([
      (1_715_847_180, 100), (1_715_847_185, 100), (1_715_847_190, 900), (1_715_847_179, 900),
      (1_715_847_192, 100), (1_684_311_180, 100), (1_747_383_180, 100), (1_715_847_185, 100),
    ])
    let not = "\"not-in-snapshot\""
    #expect(reasons == [nil, nil, nil, not, not, not, not, nil])
  }

  @Test("Owners from a snapshot without times are marked as uncertain")
  func withoutTimes() throws {
    try TemporaryDirectory.use { directory in
      let processes: [Int32: NodeSnapshot.Process] = [
        1: .init(.host(unit: "sshd.service"), start: nil), 2: .init(.container(Self.container), start: nil),
      ]
      let snapshot = NodeSnapshot(node: "own-node", time: nil, containers: [], processes: processes)
      var fixture = try PipelineFixture(in: directory, processes: .snapshot(snapshot), directory: known)
      for pid in [1, 2, 3] { try fixture.process(PipelineFixture.payload(pid: pid)) }
      let lines = try fixture.lines()
      #expect(lines[0].hasSuffix(#" unit="sshd.service" attribution="uncertain" reason="no-times""#))
      #expect(lines[1].contains(#" pod="scp-test-pod" "#))
      #expect(lines[1].hasSuffix(#" attribution="uncertain" reason="no-times""#))
      #expect(lines[2].hasSuffix(#" attribution="unresolved" reason="not-in-snapshot""#))
      #expect(fixture.pipeline.counters.enriched == 2)
    }
  }

  @Test(
    "Processes are looked up only for the known node, by its short or full name",
    arguments: [false, true])
  func otherNode(wasSet: Bool) throws {
    for (node, isKnown) in [
      ("own-node", true), ("own-node.example.com", true), ("OWN-NODE", true), ("own-nod", false),
      ("own-node2", false), ("other.own-node", false), ("own-node-example", false),
    ] {
      for line in [
        "node=\(node) type=SECCOMP msg=\(PipelineFixture.payload(pid: 2))",
        "Nov 23 22:12:01 \(node) kernel: audit: type=1326 \(PipelineFixture.payload(pid: 2))",
      ] {
        try TemporaryDirectory.use { directory in
          var fixture = try PipelineFixture(in: directory, processes: snapshot, directory: known) {
            $0.isNodeConfigured = wasSet
          }
          // The name is also checked after a record of the same process that was found.
          try fixture.process(PipelineFixture.payload(pid: 2))
          try fixture.process(line, form: .line)
          let written = try fixture.lines()[1]
          #expect(written.contains(#" node="\#(wasSet ? "own-node" : node)" "#))
          #expect(written.contains(#" pod="scp-test-pod" "#) == isKnown)
          #expect(
            written.hasSuffix(#" attribution="unresolved" reason="other-node""#) == !isKnown)
        }
      }
    }
  }

  @Test(
    "A part of an IP address is not the short form of a node's name", arguments: ["10", "10.0.0.1.2", "10.0"])
  func addressAsNode(name: String) throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(
        in: directory,
        processes: .snapshot(
          NodeSnapshot(
            node: "10.0.0.1", time: nil, containers: [], processes: [2: .init(.host(unit: nil), start: nil)])),
        directory: known)
      try fixture.process("node=\(name) type=SECCOMP msg=\(PipelineFixture.payload(pid: 2))", form: .line)
      #expect(try fixture.lines()[0].hasSuffix(#" attribution="unresolved" reason="other-node""#))
    }
  }

  @Test("Unread lines are counted, and the summary explains the reason and the remedy")
  func unread() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(in: directory, processes: snapshot, directory: known)
      // This line shows that the log's messages have times.
      try fixture.process("[    1.000000] audit: type=2000 audit(1.000:1): state=initialized", form: .line)
      try fixture.process("audit: type=1326 " + PipelineFixture.payload(pid: 2), form: .line)
      try fixture.process("\0\0type=SECCOMP msg=" + PipelineFixture.payload(pid: 2), form: .line)
      try fixture.pipeline.report(Losses(afterPacked: 3), at: PipelineFixture.start)
      #expect(try fixture.lines() == [])
      let counters = fixture.pipeline.counters
      #expect(counters.summary == "records=0 enriched=0 unresolved=0 malformed=0 unread=5")
      #expect(counters.unread.explanations.count == 3)
      #expect(counters.unread.explanations.first?.contains("dmesg") == true)
    }
  }

  @Test("A container that is not in the snapshot keeps its ID")
  func notInSnapshot() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(
        in: directory, processes: snapshot, directory: ContainerDirectory(hasRuntime: false))
      try fixture.process(PipelineFixture.payload(pid: 2))
      let end = #" containerID="\#(PipelineFixture.id)" attribution="unresolved" reason="not-in-snapshot""#
      #expect(try fixture.lines().first?.hasSuffix(end) == true)
    }
  }

  @Test("A container of a runtime without CRI has its ID and runtime, and is not a host process")
  func foreign() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(
        in: directory,
        processes: PipelineFixture.snapshot([
          1: .foreign(ForeignContainer(.docker, Self.other)), 2: .foreign(ForeignContainer(.lxc, "c 1")),
          // cri-dockerd lists this container.
          3: .foreign(ForeignContainer(.docker, PipelineFixture.id)),
        ]), directory: known
      ) { $0.hostProcesses = .drop }
      for pid in 1...3 { try fixture.process(PipelineFixture.payload(pid: pid)) }
      let lines = try fixture.lines()
      #expect(lines[0].contains(#" namespace="" pod="" container="" executable="/bin/sh""#))
      #expect(lines[0].hasSuffix(#" comm="sh" containerID="\#(Self.other)" runtime="docker""#))
      #expect(lines[1].hasSuffix(#" comm="sh" containerID="c 1" runtime="lxc""#))
      #expect(lines[2].contains(#" pod="scp-test-pod" container="redis" "#))
      #expect(lines[2].hasSuffix(#" podUID="6c5f" containerID="\#(PipelineFixture.id)""#))
      #expect(fixture.pipeline.counters.summary == "records=3 enriched=3 unresolved=0 malformed=0")
    }
  }

  @Test("Records of host processes are dropped if configured, and counted")
  func dropped() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(in: directory, processes: snapshot, directory: known) {
        $0.hostProcesses = .drop
      }
      for pid in [1, 2, 3, 9] { try fixture.process(PipelineFixture.payload(pid: pid)) }
      // A record whose process is unknown may be from a container, so it is kept.
      #expect(try fixture.lines().count == 2)
      #expect(fixture.pipeline.counters.dropped == 2)
      #expect(fixture.pipeline.counters.records == 4)
    }
  }

  @Test("A malformed record is counted and its error stored; other lines are ignored")
  func malformed() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(in: directory, processes: snapshot, directory: known)
      try fixture.process("type=SECCOMP msg=audit(1.002:3): pid=1", form: .line)
      try fixture.process("type=SYSCALL msg=audit(1.002:3): pid=1", form: .line)
      try fixture.process("", form: .line)
      try fixture.process("audit(1.002:3): pid=x")
      #expect(try fixture.lines() == [])
      #expect(fixture.pipeline.counters.malformed == 2)
      #expect(fixture.pipeline.counters.records == 0)
      #expect(fixture.pipeline.lastMalformation == .badNumber)
    }
  }

  @Test("A line has the log's node name, unless a node name was configured", arguments: [false, true])
  func node(wasSet: Bool) throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(in: directory, processes: snapshot, directory: known) {
        $0.isNodeConfigured = wasSet
      }
      try fixture.process("node=line-node type=SECCOMP msg=" + PipelineFixture.payload(pid: 1), form: .line)
      try fixture.process("type=SECCOMP msg=" + PipelineFixture.payload(pid: 1), form: .line)
      let lines = try fixture.lines()
      #expect(lines[0].contains(wasSet ? #" node="own-node" "# : #" node="line-node" "#))
      #expect(lines[1].contains(#" node="own-node" "#))
    }
  }

  @Test("A loss is reported among the lines and counted")
  func loss() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(in: directory, processes: snapshot)
      var losses = Losses()
      losses.account.add(12, at: .socket)
      // Records of other types are not received, so it is unknown which records are missing.
      losses.account.add(30, at: .serialGap)
      try fixture.pipeline.report(losses, at: PipelineFixture.start)
      #expect(try fixture.lines().first?.hasSuffix(#" count=12 where="socket" place="socket""#) == true)
      #expect(try fixture.lines().count == 1)
      #expect(fixture.pipeline.counters.losses[.socket] == 12)
      #expect(fixture.pipeline.counters.losses[.serialGap] == 30)
    }
  }

  @Test("After the output file was renamed, a new one is opened under its name")
  func reopen() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(in: directory, processes: snapshot, directory: known)
      try fixture.process(PipelineFixture.payload(pid: 1))
      try directory.move("output", to: "output.1")
      try fixture.process(PipelineFixture.payload(pid: 1))
      try fixture.reopen()
      try fixture.process(PipelineFixture.payload(pid: 2))
      #expect(try directory.text(of: "output.1").split(separator: "\n").count == 2)
      #expect(try fixture.lines().count == 1)
    }
  }
}
