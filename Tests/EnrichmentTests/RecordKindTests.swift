import AuditRecord
import Cgroups
import ContainerRuntime
import EnrichedLog
import Enrichment
import TestSupport
import Testing

/// Shows that a second kind of record needs only a type and an entry in the table.
@Suite struct RecordKindTests {
  private static let abend =
    #"audit(1715847187.650:2): auid=1 uid=7 gid=0 ses=1 subj=a pid=2 comm="sh" exe="/bin/sh" sig=11 res=1"#

  private func use(
    style: RecordFormat.Style, fields: RecordFormat.Fields = .full,
    _ body: (inout RecordPipelineFixture<TwoKinds>) throws -> Void
  ) throws {
    try TemporaryDirectory.use { directory in
      var known = ContainerDirectory(hasRuntime: false)
      _ = known.listed([PipelineFixture.identity], at: 0)
      var fixture = try RecordPipelineFixture<TwoKinds>(
        in: directory, processes: PipelineFixture.snapshot([2: .container(ContainerID(PipelineFixture.id)!)]),
        directory: known
      ) {
        $0.format = style
        $0.fields = fields
        $0.countsSeries = true
      }
      try body(&fixture)
    }
  }

  @Test("Records of two kinds are lines of the same form, each with its own fields")
  func klog() throws {
    try use(style: .klog) { fixture in
      try fixture.process(PipelineFixture.payload(pid: 2))
      try fixture.process(Self.abend, type: AbendRecord.type)
      let lines = try fixture.lines()
      let names = #" node="own-node" namespace="scp-ns" pod="scp-test-pod" container="redis""#
      #expect(lines[0].contains(#" type="seccomp"\#(names) executable="/bin/sh" pid=2 syscallID=39 "#))
      #expect(
        lines[1].contains(
          #" type="abend"\#(names) executable="/bin/sh" pid=2 endedBySignal="SIGSEGV" uid=7 podUID="6c5f" "#))
      #expect(fixture.pipeline.counters.summary == "records=2 enriched=2 unresolved=0 malformed=0")
      // A record without a syscall is counted by owner only.
      #expect(fixture.pipeline.snapshot.series().map(\.count) == [1])
      #expect(fixture.pipeline.snapshot.owners[0].first == 2)
    }
  }

  @Test("Both kinds also work in JSON, and with basic fields only")
  func json() throws {
    try use(style: .json, fields: .basic) { fixture in
      try fixture.process(Self.abend, type: AbendRecord.type)
      #expect(try fixture.lines()[0].hasSuffix(#""container":"redis","executable":"/bin/sh","pid":2}"#))
    }
  }

  @Test(
    "Log lines become records of their own kind, and other types are ignored"
  )
  func lines() throws {
    try use(style: .klog) { fixture in
      try fixture.process("type=ANOM_ABEND msg=" + Self.abend, form: .line)
      try fixture.process("type=AVC msg=" + Self.abend, form: .line)
      try fixture.process(Self.abend, type: RecordType(1305, name: "CONFIG_CHANGE"))
      #expect(try fixture.lines().count == 1)
      // The source does not return this type, but inherited memory may contain it.
      #expect(fixture.pipeline.lastMalformation == .unknownType)
      #expect(try fixture.lines()[0].contains(#" type="abend" "#))
    }
  }

  @Test("A record that waits for names keeps its kind")
  func waiting() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try RecordPipelineFixture<TwoKinds>(
        in: directory, processes: PipelineFixture.snapshot([2: .container(ContainerID(PipelineFixture.id)!)]))
      try fixture.process(Self.abend, type: AbendRecord.type)
      try fixture.process("node=own-node type=SECCOMP msg=" + PipelineFixture.payload(pid: 2), form: .line)
      #expect(try fixture.lines() == [] && fixture.pipeline.waitingCount == 2)
      try fixture.pipeline.merge(.success([PipelineFixture.identity]), at: PipelineFixture.after(1))
      #expect(try fixture.lines().map { $0.contains(#" type="abend" "#) } == [true, false])
      #expect(try fixture.lines().allSatisfy { $0.contains(#" pod="scp-test-pod" "#) })
    }
  }
}
