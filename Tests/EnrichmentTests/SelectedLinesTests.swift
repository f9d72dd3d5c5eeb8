import AuditRecord
import Cgroups
import ContainerRuntime
import Enrichment
import Recorder
import Recordings
import TestSupport
import Testing

/// `--lines` and `--record`.
@Suite struct SelectedLinesTests {
  private static let processes: [Int32: ProcessOwner] = [
    7: .container(PipelineFixture.identity.id), 8: .host(unit: "sshd.service"),
  ]

  private func fixture(
    in directory: TemporaryDirectory, lines: ContainerChoice, limit: Int? = nil,
    recorder: consuming Recorder? = nil
  ) throws -> PipelineFixture {
    var containers = ContainerDirectory()
    _ = containers.listed([PipelineFixture.identity], at: 0)
    return try PipelineFixture(
      in: directory, processes: PipelineFixture.snapshot(Self.processes), directory: containers,
      recorder: recorder
    ) { options in
      options.lines = lines
      options.recordsPerContainer = limit
      options.countsSeries = true
      options.recording = .containers(.all)
    }
  }

  @Test(
    "Only selected containers' records become lines; those of the host and of unknown containers are no container's to select",
    arguments: [
      ("all", [1, 2, 3]), ("none", []), ("container=redis", [1, 2, 3]), ("container=other", [2, 3]),
    ])
  func selection(_ text: String, _ serials: [Int]) throws {
    try TemporaryDirectory.use { directory in
      var fixture = try fixture(in: directory, lines: try #require(ContainerChoice(text)))
      for (index, pid) in [7, 8, 9].enumerated() {
        try fixture.process(PipelineFixture.payload(pid: pid, serial: index + 1))
      }
      #expect(try fixture.serials() == serials)
      let counters = fixture.pipeline.counters
      #expect(counters.unselected == UInt64(3 - serials.count))
      // They are counted all the same.
      #expect(counters.records == 3 && counters.enriched == 2 && counters.unresolved == 1)
      #expect(fixture.pipeline.snapshot.counts.reduce(0) { $0 + $1.count } == 3)
    }
  }

  @Test(
    "What becomes no line is recorded, whether it is not selected or beyond a limit; unresolved records are losses"
  )
  func recording() throws {
    try TemporaryDirectory.use { directory in
      for (lines, limit) in [(ContainerChoice.none, nil), (.all, 1)] as [(ContainerChoice, Int?)] {
        let memory = try RecorderMemory(began: 0)
        let recorder = Recorder(.containers(.all), in: memory, known: [], at: 0)
        var fixture = try fixture(in: directory, lines: lines, limit: limit, recorder: recorder)
        for serial in 1...5 { try fixture.process(PipelineFixture.payload(pid: 7, serial: serial)) }
        try fixture.process(PipelineFixture.payload(pid: 9, serial: 6))
        let now = PipelineFixture.after(1000)
        let drained = fixture.pipeline.drainRecorder(at: now, isEnd: true)
        let update = try #require(drained)
        #expect(update.containers.map(\.subject.description) == ["scp-ns/scp-test-pod/redis"])
        #expect(update.counts.map { $0.call?.name } == ["getpid"])
        #expect(update.counts.map(\.tally.records) == [5])
        #expect(update.losses == [.unresolved: 1])
      }
    }
  }
}
