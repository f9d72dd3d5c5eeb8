import Aggregation
import AuditSource
import Cgroups
import ContainerRuntime
import Enrichment
import Glibc
import TestSupport
import Testing

/// Tests of lines that stand for several records.
@Suite struct CountedLinesTests {
  private static let other = String(repeating: "1e2d", count: 16)
  static let processes = PipelineFixture.snapshot([
    1: .container(ContainerID(PipelineFixture.id)!), 2: .container(ContainerID(other)!),
    3: .host(unit: "cron.service"),
    4: .container(ContainerID(PipelineFixture.id)!),
  ])

  static var containers: ContainerDirectory {
    var containers = ContainerDirectory(hasRuntime: false)
    _ = containers.listed(
      [
        PipelineFixture.identity,
        ContainerIdentity(id: ContainerID(other)!, namespace: "b", pod: "quiet", container: "c", podUID: ""),
      ], at: 0)
    return containers
  }

  static func fixture(
    in directory: TemporaryDirectory, store: RecordStore? = nil, counts: AggregationMemory? = nil,
    clock: IntervalClock = .machine, change: (inout EnrichmentOptions) -> Void = { _ in }
  ) throws -> PipelineFixture {
    try PipelineFixture(
      in: directory, processes: processes, directory: containers, store: store, counts: counts, clock: clock
    ) {
      $0.aggregation = 5000
      change(&$0)
    }
  }

  /// The sum over all lines of the count, or 1 without one.
  static func sum(_ lines: [String]) -> Int {
    lines.filter { !$0.contains(#"type="merged""#) && !$0.contains(#"type="loss""#) }.map {
      count(of: $0) ?? 1
    }
    .reduce(0, +)
  }

  static func count(of line: String) -> Int? {
    line.firstMatch(of: /[ ,"]count"?[=:](\d+)/).flatMap { Int($0.1) }
  }

  @Test(
    "The first record has its line at once, unchanged, and the others have one line at the end of the interval"
  )
  func interval() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try Self.fixture(in: directory)
      for serial in 1...10 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial)) }
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 11, syscall: 0))
      try fixture.process(PipelineFixture.payload(pid: 2, serial: 12))
      try fixture.process(PipelineFixture.payload(pid: 4, serial: 13))
      #expect(try fixture.serials() == [1, 11, 12])
      #expect(try fixture.lines().allSatisfy { !$0.contains("count=") })
      #expect(try fixture.pipeline.settle(at: PipelineFixture.after(1000)).wait == 4000)
      #expect(try fixture.lines().count == 3)
      #expect(try fixture.pipeline.settle(at: PipelineFixture.after(5000)).wait == 5000)
      #expect(try fixture.lines().count == 4)
      // The line of the last record, with its process.
      #expect(
        try fixture.lines().last?.hasSuffix(
          #" executable="/bin/sh" pid=4 syscallID=39 syscallName="getpid" arch="x86_64" action="log" uid=0 gid=0 comm="sh" podUID="6c5f" containerID="\#(PipelineFixture.id)" count=10 firstTimestamp="1715847187.650:2""#
        ) == true)
      #expect(try fixture.lines().last?.contains(#" timestamp="1715847187.650:13" "#) == true)
      #expect(try Self.sum(fixture.lines()) == 13)
      #expect(fixture.pipeline.counters.records == 13 && fixture.pipeline.counters.enriched == 13)
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(10_000))
      #expect(try fixture.lines().count == 4)
    }
  }

  @Test("A key that has been idle for ten intervals is forgotten, and its next record has a line at once")
  func idle() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try Self.fixture(in: directory)
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 1))
      for interval in 1...10 {
        _ = try fixture.pipeline.settle(at: PipelineFixture.after(Int64(interval) * 5000))
      }
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 2), after: 50_000)
      #expect(try fixture.serials() == [1])
      for interval in 11...21 {
        _ = try fixture.pipeline.settle(at: PipelineFixture.after(Int64(interval) * 5000))
      }
      #expect(try fixture.pipeline.settle(at: PipelineFixture.after(110_000)).wait == nil)
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 3), after: 110_000)
      #expect(try fixture.serials() == [1, 2, 3])
    }
  }

  @Test("Kills have lines of their own")
  func kills() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try Self.fixture(in: directory)
      for (serial, code) in ["0x80000000", "0x80000000", "0x0", "0x0", "0x50000", "0x50000"].enumerated() {
        try fixture.process(PipelineFixture.payload(pid: 1, serial: serial, code: code))
      }
      #expect(try fixture.serials() == [0, 1, 2, 3, 4])
    }
  }

  @Test("Each executable, syscall, action, owner and node has a count of its own")
  func keys() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try Self.fixture(in: directory)
      var texts = [
        ("\"/bin/a\"", 39, "0x7ffc0000"), ("\"/bin/b\"", 39, "0x7ffc0000"), ("(null)", 39, "0x7ffc0000"),
      ].map {
        PipelineFixture.payload(pid: 1, syscall: $0.1, exe: $0.0, code: $0.2)
      }
      // Hexadecimal digits, and the same characters as a text.
      texts += [
        PipelineFixture.payload(pid: 1, exe: "4142"), PipelineFixture.payload(pid: 1, exe: "\"4142\""),
      ]
      texts += [
        PipelineFixture.payload(pid: 1, syscall: 40), PipelineFixture.payload(pid: 1, code: "0x50000"),
      ]
      texts += [
        PipelineFixture.payload(pid: 2), PipelineFixture.payload(pid: 3), PipelineFixture.payload(pid: 99),
      ]
      for text in texts { try fixture.process(text) }
      #expect(try fixture.lines().count == texts.count)
      for text in texts { try fixture.process(text) }
      #expect(try fixture.lines().count == texts.count)
      for node in ["x", "y"] {
        for _ in 1...2 {
          try fixture.process("node=\(node) type=SECCOMP msg=" + PipelineFixture.payload(pid: 1), form: .line)
        }
      }
      #expect(try fixture.lines().count == texts.count + 2)
      try fixture.pipeline.finish(at: PipelineFixture.start)
      let lines = try fixture.lines()
      #expect(lines.count == 2 * (texts.count + 2))
      #expect(lines.allSatisfy { Self.count(of: $0) ?? 1 == 1 })
      // The line of a count has the same owner and node as the first one.
      func ends(_ lines: some Sequence<String>) -> Set<String> {
        Set(lines.map { $0.replacing(/^.* type=/, with: "").replacing(/\ count=.*/, with: "") })
      }
      #expect(ends(lines.prefix(texts.count + 2)) == ends(lines.suffix(texts.count + 2)))
    }
  }

  @Test("A log's intervals are those of its records, and do not depend on the clock")
  func log() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try Self.fixture(in: directory, clock: .records)
      for second: Int64 in 0..<12 {
        // Times that go back do not matter.
        for offset in [0, -3] as [Int64] {
          try fixture.process(
            PipelineFixture.payload(pid: 1, serial: Int(second) * 2, seconds: 1_715_847_187 + second + offset)
          )
        }
      }
      #expect(try fixture.pipeline.settle(at: PipelineFixture.after(1_000_000)).wait == nil)
      #expect(try fixture.lines().map { Self.count(of: $0) } == [nil, 9, 10])
      try fixture.pipeline.finish(at: PipelineFixture.start)
      #expect(try Self.sum(fixture.lines()) == 24)
    }
  }

  @Test("Pending counts are written before a reload changes the format, and at the end")
  func reload() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try Self.fixture(in: directory)
      for serial in 1...5 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial)) }
      var options = EnrichmentOptions()
      (options.node, options.hasRuntime, options.format) = ("own-node", true, .json)
      options.aggregation = 60_000
      try fixture.pipeline.use(options, output: nil, at: PipelineFixture.after(1))
      #expect(try fixture.lines().last?.contains(#" count=4 firstTimestamp="1715847187.650:2""#) == true)
      // Then each key begins anew.
      for serial in 6...8 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial), after: 2) }
      #expect(try fixture.serials() == [1, 5] && fixture.lines().count == 3)
      options.aggregation = nil
      try fixture.pipeline.use(options, output: nil, at: PipelineFixture.after(3))
      #expect(
        try fixture.lines().last?.hasSuffix(#","count":2,"firstTimestamp":"1715847187.650:7"}"#) == true)
      for serial in 9...10 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial), after: 4) }
      #expect(try Self.sum(fixture.lines()) == 10 && fixture.lines().count == 6)
    }
  }

  @Test("What a container's limit would suppress is counted instead; kills are suppressed")
  func limit() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try Self.fixture(in: directory) { $0.recordsPerContainer = 3 }
      for syscall in 1...100 {
        try fixture.process(PipelineFixture.payload(pid: 1, serial: syscall, syscall: syscall))
      }
      #expect(try fixture.serials() == [1, 2, 3])
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 101, code: "0x0"))
      try fixture.pipeline.finish(at: PipelineFixture.after(10))
      let lines = try fixture.lines().filter { !$0.contains(#"type="suppressed""#) }
      #expect(Self.sum(lines) == 100 && lines.count == 100)
      #expect(fixture.pipeline.counters.losses[.suppressed] == 1)
    }
  }

  @Test(
    "Counts of a killed run are lines of the next one, with their names, once",
    arguments: [nil, 5000] as [Int64?])
  func killed(interval: Int64?) throws {
    try TemporaryDirectory.use { directory in
      let counts = try AggregationMemory()
      var killed = try Self.fixture(in: directory, counts: counts)
      for serial in 1...5 {
        for pid in 1...3 { try killed.process(PipelineFixture.payload(pid: pid, serial: serial * 10 + pid)) }
      }
      #expect(try killed.lines().count == 3)
      for _ in 1...2 {
        let inherited = try #require(AggregationMemory(inherited: dup(counts.memory.descriptor)))
        var next = try Self.fixture(in: directory, counts: inherited) { $0.aggregation = interval }
        try next.pipeline.resume(at: PipelineFixture.start)
        let lines = try next.lines()
        #expect(lines.count == 6 && Self.sum(lines) == 15)
        #expect(
          lines.contains {
            $0.contains(#" pod="scp-test-pod" container="redis" "#) && $0.contains(" count=4 ")
          })
        #expect(
          lines.contains { $0.contains(#" unit="cron.service" count=4 firstTimestamp="1715847187.650:23""#) })
      }
    }
  }

  @Test("A count whose text was torn is not lost")
  func torn() throws {
    try TemporaryDirectory.use { directory in
      let counts = try AggregationMemory()
      var killed = try Self.fixture(in: directory, counts: counts)
      for serial in 1...5 { try killed.process(PipelineFixture.payload(pid: 1, serial: serial)) }
      let text = "auid=1"
      let bytes = (0..<counts.memory.size - text.utf8.count)
      let offset = try #require(
        counts.memory.withBytes(0..<counts.memory.size) { memory in
          bytes.first { start in text.utf8.enumerated().allSatisfy { memory[start + $0.offset] == $0.element }
          }
        })
      counts.memory.copy(Array("\0\0\0".utf8).span, to: offset)
      let inherited = try #require(AggregationMemory(inherited: dup(counts.memory.descriptor)))
      var next = try Self.fixture(in: directory, counts: inherited)
      try next.pipeline.resume(at: PipelineFixture.start)
      #expect(try next.lines().count == 2 && Self.sum(next.lines()) == 5)
      #expect(
        try next.lines().last?.contains(#" pod="scp-test-pod" container="redis" executable="*" "#) == true)
    }
  }
}
