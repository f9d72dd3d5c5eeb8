import AuditRecord
import Cgroups
import ContainerRuntime
import EnrichedLog
import Enrichment
import LogLines
import TestSupport
import Testing

/// Records of AppArmor and SELinux in the pipeline.
@Suite struct AccessRecordTests {
  private static func apparmor(
    pid: Int = 2, profile: String = "strict", mask: String = "send", verdict: String = "DENIED"
  ) -> String {
    #"audit(1715847187.650:3): apparmor="\#(verdict)" operation="signal" profile="\#(profile)" pid=\#(pid) "#
      + #"comm="sh" requested_mask="\#(mask)" denied_mask="\#(mask)" signal=term peer="unconfined""#
  }

  private static func selinux(pid: Int = 2, tclass: String = "file") -> String {
    #"audit(1715847187.650:4): avc:  denied  { read } for  pid=\#(pid) comm="sh" scontext=a:b:c:s0 tcontext=a:b:d:s0 "#
      + "tclass=\(tclass) permissive=0"
  }

  private func use(
    _ change: (inout EnrichmentOptions) -> Void = { _ in }, _ body: (inout PipelineFixture) throws -> Void
  ) throws {
    try TemporaryDirectory.use { directory in
      var known = ContainerDirectory(hasRuntime: false)
      _ = known.listed([PipelineFixture.identity], at: 0)
      let processes = PipelineFixture.snapshot([
        2: .container(ContainerID(PipelineFixture.id)!), 3: .host(unit: "sshd.service"),
      ])
      var fixture = try PipelineFixture(in: directory, processes: processes, directory: known) {
        $0.countsSeries = true
        change(&$0)
      }
      try body(&fixture)
    }
  }

  @Test("Records of each kind have the names of their process's pod")
  func names() throws {
    try use { fixture in
      try fixture.process(PipelineFixture.payload(pid: 2))
      try fixture.process(Self.apparmor(), type: .avc)
      try fixture.process(Self.selinux(), type: .avc)
      let lines = try fixture.lines()
      #expect(lines.map { $0.contains(#" pod="scp-test-pod" container="redis" "#) } == [true, true, true])
      for (line, kind) in zip(lines, RecordKinds.names) { #expect(line.contains(" type=\"\(kind.name)\" ")) }
      #expect(fixture.pipeline.counters.summary == "records=3 enriched=3 unresolved=0 malformed=0")
      #expect(fixture.pipeline.snapshot.owners.map(\.first) == [1, 1, 1])
    }
  }

  @Test(
    "Only the requested kinds become lines, and the others count as nothing",
    arguments: [.seccomp, .apparmor, .selinux, [.seccomp, .selinux], .all, []] as [RecordKinds])
  func kinds(_ kinds: RecordKinds) throws {
    try use({ $0.kinds = kinds }) { fixture in
      try fixture.process(PipelineFixture.payload(pid: 2))
      try fixture.process(Self.apparmor(), type: .avc)
      try fixture.process(Self.selinux(), type: .avc)
      try fixture.process("audit(1.002:3): avc:  denied ", type: .avc)
      let expected = RecordKinds.names.filter { kinds.contains($0.kind) }.map(\.name)
      let found = try fixture.lines().compactMap { $0.firstMatch(of: /\ type="(\w+)"/).map { String($0.1) } }
      #expect(found == expected)
      #expect(fixture.pipeline.counters.malformed == (kinds.contains(.selinux) ? 1 : 0))
    }
  }

  @Test(
    "A record that need not be about the process of its ID claims no pod",
    arguments: [
      (apparmor(mask: "receive"), "other-process"), (selinux(tclass: "packet"), "packet"),
      (selinux(pid: 0), "no-process"),
    ])
  func uncertain(text: String, reason: String) throws {
    try use { fixture in
      try fixture.process(text, type: .avc)
      let line = try #require(fixture.lines().first)
      #expect(line.contains(#" namespace="" pod="" container="" "#))
      #expect(line.hasSuffix(#" attribution="uncertain" reason="\#(reason)""#))
      #expect(fixture.pipeline.counters.unresolved == 1)
    }
  }

  @Test("Host processes, limits and other nodes are handled as for SECCOMP")
  func options() throws {
    try use({
      $0.hostProcesses = .drop; $0.recordsPerContainer = 1
    }) { fixture in
      try fixture.process(Self.apparmor(pid: 3), type: .avc)
      try fixture.process("node=other type=AVC msg=" + Self.selinux(), form: .line)
      // The container's limit is one for all kinds.
      try fixture.process(Self.selinux(), type: .avc)
      try fixture.process(Self.apparmor(), type: .avc)
      let lines = try fixture.lines()
      #expect(lines.count == 2 && fixture.pipeline.counters.dropped == 1)
      #expect(lines[0].contains(#" reason="other-node""#) && lines[1].contains(#" type="selinux" "#))
      #expect(fixture.pipeline.counters.losses[.suppressed] == 1)
    }
  }

  @Test("A record of neither kind, and one that is cut off, are counted as malformed")
  func malformed() throws {
    try use { fixture in
      try fixture.process("audit(1.002:3): lsm=SMACK fn=x action=denied", type: .avc)
      #expect(fixture.pipeline.lastMalformation == .unknownType)
      try fixture.process(String(Self.apparmor().dropLast(5)), type: .avc)
      #expect(fixture.pipeline.lastMalformation == .truncated)
      #expect(try fixture.lines().isEmpty && fixture.pipeline.counters.malformed == 2)
    }
  }

  @Test("Each kind has series with its own labels")
  func series() throws {
    try use { fixture in
      for _ in 1...3 { try fixture.process(Self.apparmor(profile: "a"), type: .avc) }
      try fixture.process(Self.apparmor(profile: "b"), type: .avc)
      try fixture.process(Self.apparmor(profile: "b", verdict: "ALLOWED"), type: .avc)
      try fixture.process(Self.selinux(), type: .avc)
      let found = fixture.pipeline.snapshot.series().map {
        "\($0.owner.pod) \($0.labels.joined(separator: " ")) \($0.count)"
      }
      #expect(
        found == [
          "scp-test-pod a signal DENIED 3", "scp-test-pod b signal DENIED 1",
          "scp-test-pod b signal ALLOWED 1",
          "scp-test-pod a:b:c:s0 a:b:d:s0 file denied 1",
        ])
    }
  }

  @Test("A flood of series of one kind removes none of another, and long names are cut")
  func bounded() throws {
    try use { fixture in
      try fixture.process(PipelineFixture.payload(pid: 2))
      let long = String(repeating: "p", count: 400)
      for number in 0..<10_010 { try fixture.process(Self.apparmor(profile: "\(number)\(long)"), type: .avc) }
      let snapshot = fixture.pipeline.snapshot
      #expect(snapshot.droppedSeries == [0, 2500, 0])
      #expect(snapshot.series().count { $0.kind == .seccomp } == 1)
      #expect(snapshot.series().allSatisfy { $0.labels[0].utf8.count <= 256 })
    }
  }

  @Test("A record that waited for names is written even if its kind is no longer requested")
  func waiting() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try PipelineFixture(
        in: directory, processes: PipelineFixture.snapshot([2: .container(ContainerID(PipelineFixture.id)!)]))
      try fixture.process(Self.selinux(), type: .avc)
      try fixture.process(Self.apparmor(), type: .avc)
      var options = EnrichmentOptions()
      options.kinds = .seccomp
      options.hasRuntime = true
      try fixture.pipeline.use(options, output: nil, at: PipelineFixture.start)
      try fixture.pipeline.merge(.success([PipelineFixture.identity]), at: PipelineFixture.after(1))
      #expect(try fixture.lines().map { $0.contains(#" type="selinux" "#) } == [true, false])
    }
  }
}
