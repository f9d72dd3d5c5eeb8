import Aggregation
import AuditRecord
import Enrichment
import TestSupport
import Testing

/// Tests of containers that make more different records than may be counted apart.
@Suite struct MergedCountsTests {
  @Test("A container that invents executables has few lines with exact counts, and does not disturb others")
  func executables() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try CountedLinesTests.fixture(in: directory)
      for number in 1...3000 {
        try fixture.process(PipelineFixture.payload(pid: 1, serial: number, exe: "\"/tmp/\(number)\""))
        try fixture.process(PipelineFixture.payload(pid: 2, serial: 10_000 + number))
      }
      let first = try fixture.lines()
      #expect(first.count == 384 + 1 + 1)
      try fixture.pipeline.finish(at: PipelineFixture.after(10))
      let lines = try fixture.lines()
      #expect(CountedLinesTests.sum(lines) == 6000)
      #expect(lines.count == first.count + 3)
      let merged = try #require(lines.first { $0.contains(#" executable="*" "#) })
      #expect(merged.contains(#" pid=1 syscallID=39 syscallName="getpid" arch="x86_64" action="log" "#))
      #expect(CountedLinesTests.count(of: merged) == 3000 - 385)
      let report = try #require(lines.first { $0.contains("audit details merged") })
      #expect(
        report.contains(
          #""audit details merged" logger="log-enricher" type="merged" node="own-node" count=2615 namespace="scp-ns" pod="scp-test-pod" container="redis" "#
        ))
      #expect(lines.contains { $0.contains(#" pod="quiet" "#) && $0.contains(" count=2999 ") })
      #expect(fixture.pipeline.counters.merged == 2615)
    }
  }

  @Test("A container that invents syscalls, too, has at last one line of all others")
  func syscalls() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try CountedLinesTests.fixture(in: directory)
      for number in 1...2000 {
        try fixture.process(
          PipelineFixture.payload(pid: 1, serial: number, syscall: 10_000 + number, exe: "\"/tmp/\(number)\"")
        )
      }
      try fixture.pipeline.finish(at: PipelineFixture.after(10))
      let lines = try fixture.lines()
      #expect(CountedLinesTests.sum(lines) == 2000)
      let last = try #require(
        lines.first { $0.contains(#" syscallID=-1 syscallName="" arch="x86_64" action="log" "#) })
      #expect(last.contains(#" executable="*" pid=1 "#))
      #expect(CountedLinesTests.count(of: last) == 2000 - 448 - 1)
    }
  }

  @Test("Lines of merged records of AppArmor and SELinux", arguments: [0, 1])
  func accesses(kind: Int) throws {
    try TemporaryDirectory.use { directory in
      var fixture = try CountedLinesTests.fixture(in: directory)
      for number in 1...1000 {
        let stamp = "audit(1715847187.650:\(number)): "
        let text =
          kind == 0
          ? #"apparmor="DENIED" operation="open" class="file" profile="p" name="/\#(number)" pid=1 comm="c\#(number)" requested_mask="r" denied_mask="r" fsuid=0 ouid=0"#
          : #"avc:  denied  { read } for  pid=1 comm="c\#(number)" name=2F41 dev="vda" ino=\#(number) scontext=a:b:c:s0 tcontext=d:e:f:s\#(number) tclass=file permissive=0"#
        try fixture.process(stamp + text, type: .avc)
      }
      try fixture.pipeline.finish(at: PipelineFixture.after(10))
      let lines = try fixture.lines()
      #expect(CountedLinesTests.sum(lines) == 1000)
      let merged = lines.filter { $0.contains(" count=") && !$0.contains("type=\"merged\"") }
      if kind == 0 {
        #expect(
          merged.map {
            $0.contains(
              #" executable="*" pid=1 apparmor="DENIED" operation="open" profile="p" name="*" comm="*" "#)
          }
            == [true])
      } else {
        #expect(
          merged.map {
            $0.contains(
              #" perm="*" scontext="*" tcontext="*" tclass="*" decision="denied" permissive=0 executable="*" pid=1 comm="*" "#
            )
          } == [true])
      }
    }
  }

  @Test("Records that are too long for a slot are counted without their executable")
  func long() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try CountedLinesTests.fixture(in: directory)
      let long = "\"/" + String(repeating: "x", count: 4000) + "\""
      for serial in 1...10 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial, exe: long)) }
      #expect(try fixture.serials() == [1])
      try fixture.pipeline.finish(at: PipelineFixture.after(10))
      #expect(try CountedLinesTests.sum(fixture.lines()) == 10)
    }
  }

  @Test("A thousand containers share the keys, and all counts are exact")
  func manyContainers() throws {
    try TemporaryDirectory.use { directory in
      let units = (1...1000).map { ($0 + 100, "unit-\($0).service") }
      var fixture = try PipelineFixture(
        in: directory,
        processes: PipelineFixture.snapshot(
          Dictionary(uniqueKeysWithValues: units.map { (Int32($0.0), .host(unit: $0.1)) })),
        directory: CountedLinesTests.containers
      ) { $0.aggregation = 5000 }
      var serial = 0
      for _ in 1...3 {
        for syscall in 0..<60 {
          for (pid, _) in units {
            serial += 1
            try fixture.process(PipelineFixture.payload(pid: pid, serial: serial, syscall: syscall))
          }
        }
      }
      #expect(fixture.pipeline.snapshot.keys <= AggregationMemory.maxKeys)
      try fixture.pipeline.finish(at: PipelineFixture.after(10))
      let lines = try fixture.lines().filter { $0.contains(#"type="seccomp""#) }
      #expect(CountedLinesTests.sum(lines) == serial)
      // No container has fewer details than its share.
      var named: [Substring: Set<Substring>] = [:]
      for line in lines {
        guard let unit = line.firstMatch(of: /\ unit="([^"]*)"/),
          let name = line.firstMatch(of: /\ syscallID=(\d+)\ /)
        else { continue }
        named[unit.1, default: []].insert(name.1)
      }
      #expect(named.count == 1000 && named.values.allSatisfy { $0.count >= 10 })
    }
  }
}
