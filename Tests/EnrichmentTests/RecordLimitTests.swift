import AuditSource
import Cgroups
import ContainerRuntime
import TestSupport
import Testing

@Suite struct RecordLimitTests {
  private static let other = String(repeating: "1e2d", count: 16)

  private func fixture(in directory: TemporaryDirectory, store: RecordStore? = nil) throws -> PipelineFixture
  {
    let (first, second) = (ContainerID(PipelineFixture.id)!, ContainerID(Self.other)!)
    var containers = ContainerDirectory(hasRuntime: false)
    _ = containers.listed(
      [
        PipelineFixture.identity,
        ContainerIdentity(id: second, namespace: "b", pod: "quiet", container: "c", podUID: ""),
      ], at: 0)
    return try PipelineFixture(
      in: directory,
      processes: PipelineFixture.snapshot([1: .container(first), 2: .container(second), 3: .host(unit: nil)]),
      directory: containers, store: store
    ) { $0.recordsPerContainer = 3 }
  }

  /// A pipeline that has suppressed two records and not reported them yet.
  private func overLimit(in directory: TemporaryDirectory, store: RecordStore? = nil) throws
    -> PipelineFixture
  {
    var fixture = try fixture(in: directory, store: store)
    for serial in 1...5 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial)) }
    return fixture
  }

  @Test("Records beyond a container's limit are suppressed and reported after the second, others pass")
  func limit() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try fixture(in: directory)
      for serial in 1...10 {
        try fixture.process(PipelineFixture.payload(pid: 1, serial: serial))
        try fixture.process(PipelineFixture.payload(pid: 2, serial: 100 + serial / 4))
        try fixture.process(PipelineFixture.payload(pid: 3, serial: 200 + serial))
      }
      #expect(try fixture.serials().filter { $0 < 100 } == [1, 2, 3])
      #expect(try fixture.serials().filter { $0 >= 200 }.count == 10)
      let wants = try fixture.pipeline.settle(at: PipelineFixture.after(10))
      #expect(wants.wait == 990)
      #expect(try !fixture.lines().contains { $0.contains("suppressed") })

      _ = try fixture.pipeline.settle(at: PipelineFixture.after(1000))
      let reported = try fixture.lines().filter { $0.contains("suppressed") }
      #expect(reported.count == 2)
      #expect(
        reported.contains {
          $0.contains(
            #" "audit records suppressed" logger="log-enricher" type="suppressed" node="own-node" suppressed=7 namespace="scp-ns" pod="scp-test-pod" container="redis" "#
          ) && $0.hasPrefix("W")
        })
      #expect(reported.contains { $0.contains(#" suppressed=7 namespace="b" pod="quiet" container="c" "#) })
      #expect(fixture.pipeline.counters.losses[.suppressed] == 14)
      #expect(fixture.pipeline.counters.records == 30)
      #expect(fixture.pipeline.counters.enriched == 16)

      try fixture.process(PipelineFixture.payload(pid: 1, serial: 11), after: 1001)
      #expect(try fixture.serials().contains(11))
      #expect(try fixture.pipeline.settle(at: PipelineFixture.after(2000)).wait == nil)
    }
  }

  @Test("A container of a runtime without CRI has its own limit")
  func foreign() throws {
    try TemporaryDirectory.use { directory in
      let containers = [1, 2].map { ProcessOwner.foreign(ForeignContainer(.lxc, "c\($0)")) }
      var fixture = try PipelineFixture(
        in: directory, processes: PipelineFixture.snapshot([1: containers[0], 2: containers[1]]),
        directory: ContainerDirectory(hasRuntime: false)
      ) { $0.recordsPerContainer = 3 }
      for serial in 1...5 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial)) }
      try fixture.process(PipelineFixture.payload(pid: 2, serial: 6))
      #expect(try fixture.serials() == [1, 2, 3, 6])
    }
  }

  @Test(
    "Unattributed records share one limit, so that a container cannot evade its own"
  )
  func unresolved() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try fixture(in: directory)
      for serial in 1...10 {
        try fixture.process(PipelineFixture.payload(pid: 1000 + serial, serial: serial))
      }
      #expect(try fixture.serials() == [1, 2, 3])
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 11))
      #expect(try fixture.serials().last == 11)
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(1000))
      #expect(
        try fixture.lines().filter {
          // The records have several reasons, so the report has none.
          $0.hasSuffix(
            #" suppressed=7 namespace="" pod="" container="" attribution="unresolved" place="suppressed""#)
        }
        .count == 1)
    }
  }

  @Test("Records that were suppressed before a crash are reported by the next run, once")
  func crash() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      _ = try overLimit(in: directory, store: store)
      for runs in 1...2 {
        var next = try fixture(in: directory, store: store)
        try next.pipeline.resume(at: PipelineFixture.start)
        let reported = try next.lines().filter { $0.contains("suppressed") }
        #expect(reported.count == 1, "after \(runs) runs")
        #expect(
          reported.last?.contains(
            #""audit records suppressed" logger="log-enricher" type="suppressed" node="own-node" count=2 where="suppressed""#
          )
            == true)
      }
    }
  }

  @Test("The next run does not repeat a report")
  func reportedOnce() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      var first = try overLimit(in: directory, store: store)
      _ = try first.pipeline.settle(at: PipelineFixture.after(1000))
      var next = try fixture(in: directory, store: store)
      try next.pipeline.resume(at: PipelineFixture.start)
      #expect(try next.lines().filter { $0.contains("suppressed") }.count == 1)
    }
  }

  @Test("Listing the runtime's containers does not restart a container's second")
  func listing() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try fixture(in: directory)
      for serial in 1...2 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial)) }
      try fixture.pipeline.merge(.success([PipelineFixture.identity]), at: PipelineFixture.after(1))
      for serial in 3...5 { try fixture.process(PipelineFixture.payload(pid: 1, serial: serial), after: 2) }
      try fixture.pipeline.merge(.success([PipelineFixture.identity]), at: PipelineFixture.after(3))
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 6), after: 4)
      #expect(try fixture.serials().filter { $0 > 0 } == [1, 2, 3])
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(1000))
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 7), after: 1000)
      #expect(try fixture.serials().contains(7))
    }
  }

  @Test("Records of the next second pass, even if the suppressed ones of the last are not reported yet")
  func nextSecond() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try overLimit(in: directory)
      try fixture.process(PipelineFixture.payload(pid: 1, serial: 99), after: 1000)
      #expect(try fixture.serials().contains(99))
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(2000))
      #expect(try fixture.lines().last?.contains(" suppressed=2 ") == true)
    }
  }

  @Test("Suppressed records are also reported at the end")
  func end() throws {
    try TemporaryDirectory.use { directory in
      var fixture = try overLimit(in: directory)
      try fixture.pipeline.finish(at: PipelineFixture.after(1))
      #expect(try fixture.lines().last?.contains(" suppressed=2 ") == true)
    }
  }
}
