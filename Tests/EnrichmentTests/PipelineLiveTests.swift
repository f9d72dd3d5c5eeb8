import ContainerRuntime
import Enrichment
import ProcFS
import ProcessTracking
import TestSupport
import Testing

@Suite struct PipelineLiveTests {
  /// Runs `body` with a pipeline that knows a container's process, 7, and a host process, 8.
  private func withStation(_ body: (inout PipelineFixture) throws -> Void) throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: "0::/k8s.io/\(PipelineFixture.id)\n")
      try directory.addProcess(8, cgroup: "0::/system.slice/sshd.service\n")
      let procFS = ProcFS(root: "\(directory.path)/proc")
      var fixture = try PipelineFixture(
        in: directory, processes: .live(ProcessTracker(procFS: procFS, usesEvents: false)))
      try body(&fixture)
    }
  }

  private func payload(pid: Int, serial: Int = 1) -> String {
    PipelineFixture.payload(pid: pid, serial: serial, seconds: ClockReading.now.seconds)
  }

  @Test("Records of an unknown container are written in order after it becomes known")
  func parked() throws {
    try withStation { fixture in
      for serial in 1...5 { try fixture.process(payload(pid: 7, serial: serial)) }
      #expect(try fixture.lines() == [])
      #expect(fixture.pipeline.isWaiting == true)
      let wants = try fixture.pipeline.settle(at: PipelineFixture.after(1))
      #expect(wants.listing)
      try fixture.pipeline.merge(.success([PipelineFixture.identity]), at: PipelineFixture.after(2))
      #expect(fixture.pipeline.isWaiting == false)
      #expect(try fixture.serials() == [1, 2, 3, 4, 5])
      #expect(try fixture.lines().allSatisfy { $0.contains(#" pod="scp-test-pod" container="redis" "#) })
      #expect(try !fixture.lines().contains { $0.contains("attribution=") })
      try fixture.process(payload(pid: 7, serial: 6), after: 3)
      #expect(try fixture.serials() == [1, 2, 3, 4, 5, 6])
    }
  }

  @Test("Records of another runtime's container do not wait for the CRI, which is never asked")
  func foreign() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: "0::/system.slice/docker-\(PipelineFixture.id).scope\n")
      let procFS = ProcFS(root: "\(directory.path)/proc")
      var fixture = try PipelineFixture(
        in: directory, processes: .live(ProcessTracker(procFS: procFS, usesEvents: false)))
      try fixture.process(payload(pid: 7))
      #expect(
        try fixture.lines().first?.hasSuffix(#" containerID="\#(PipelineFixture.id)" runtime="docker""#)
          == true)
      let wants = try fixture.pipeline.settle(at: PipelineFixture.after(1))
      #expect(wants.listing == false)
      #expect(wants.wait == nil)
      // The container belongs to a pod after the CRI lists it.
      try fixture.pipeline.merge(.success([PipelineFixture.identity]), at: PipelineFixture.after(2))
      try fixture.process(payload(pid: 7, serial: 2), after: 3)
      #expect(try fixture.lines().last?.contains(#" pod="scp-test-pod" container="redis" "#) == true)
    }
  }

  @Test("Other records do not wait for an unknown container")
  func othersPass() throws {
    try withStation { fixture in
      try fixture.process(payload(pid: 7, serial: 1))
      try fixture.process(payload(pid: 8, serial: 2))
      #expect(try fixture.serials() == [2])
    }
  }

  @Test("Without an answer of the runtime, records are written with the container's ID after a timeout")
  func noAnswer() throws {
    try withStation { fixture in
      try fixture.process(payload(pid: 7, serial: 1))
      let error = CRIError(.missing, RuntimeEndpoint(path: "/x"))
      try fixture.pipeline.merge(.failure(error), at: PipelineFixture.after(10))
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(1999))
      #expect(try fixture.lines() == [])
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(2000))
      let end = #" containerID="\#(PipelineFixture.id)" attribution="no-cri""#
      #expect(try fixture.lines().map { $0.hasSuffix(end) } == [true, false])
      #expect(
        try fixture.lines()[1].hasSuffix(
          #""audit records without names" logger="log-enricher" type="loss" node="own-node" count=1 where="parked" place="parked""#
        ))
      #expect(fixture.pipeline.counters.losses[.parked] == 1)
      // The next record does not wait.
      try fixture.process(payload(pid: 7, serial: 2), after: 2001)
      #expect(try fixture.serials() == [1, 2])
      #expect(fixture.pipeline.counters.unresolved == 2)
    }
  }

  @Test("A container that the runtime does not list is reported as unknown")
  func unknownContainer() throws {
    try withStation { fixture in
      try fixture.process(payload(pid: 7))
      try fixture.pipeline.merge(.success([]), at: PipelineFixture.after(10))
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(500))
      let end = #" attribution="unresolved" reason="unknown-container""#
      #expect(try fixture.lines().map { $0.hasSuffix(end) } == [true, false])
    }
  }

  @Test("A flood of records from one unknown container is not kept forever")
  func flood() throws {
    try withStation { fixture in
      var kept = 0
      repeat {
        kept += 1
        try fixture.process(payload(pid: 7, serial: kept))
      } while try fixture.lines().isEmpty && kept < 100_000
      // About four million bytes of records. The last record exceeded the limit and waits.
      #expect((15_000...25_000).contains(kept))
      #expect(try fixture.serials() == Array(1..<kept))
    }
  }

  @Test("A record that is too long to wait, and its container's earlier records, are written without names")
  func tooLong() throws {
    try withStation { fixture in
      try fixture.process(payload(pid: 7, serial: 1))
      #expect(try fixture.lines() == [])
      let long = payload(pid: 7, serial: 2).replacing(
        "/bin/sh", with: "/bin/" + String(repeating: "a", count: 20_000))
      try fixture.process(long)
      #expect(try fixture.serials() == [1, 2])
      #expect(fixture.pipeline.isWaiting == false)
      try fixture.process(payload(pid: 7, serial: 3))
      _ = try fixture.pipeline.settle(at: PipelineFixture.after(10))
      #expect(try fixture.serials().prefix(2) == [1, 2] && fixture.pipeline.isWaiting)
      #expect(fixture.pipeline.counters.losses[.parked] == 2)
    }
  }

  @Test("Records that still wait at the end are written and reported")
  func finish() throws {
    try withStation { fixture in
      try fixture.process(payload(pid: 7))
      try fixture.pipeline.finish(at: PipelineFixture.after(1))
      let lines = try fixture.lines()
      #expect(lines.map { $0.hasSuffix(#" attribution="no-cri""#) } == [true, false])
      #expect(lines.last?.contains(#" count=1 where="parked""#) == true)
      #expect(fixture.pipeline.isWaiting == false)
    }
  }
}
