import ContainerRuntime
import EnricherService
import ProcessTable
import TestSupport
import Testing

@Suite struct PipelineLiveTests {
  private static let inContainer = "0::/k8s.io/\(Station.id)\n"

  private func live(_ directory: TemporaryDirectory) -> Pipeline.Processes {
    .live(ProcessTracker(procFS: ProcFS(root: "\(directory.path)/proc"), usesEvents: false))
  }

  private func payload(pid: Int, serial: Int = 1) -> String {
    Station.payload(pid: pid, serial: serial, seconds: Moment.now.seconds)
  }

  @Test("Records of a container that is not known yet come out in their order once it is")
  func parked() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: Self.inContainer)
      var station = try Station(in: directory, processes: live(directory))
      for serial in 1...5 { try station.process(payload(pid: 7, serial: serial)) }
      #expect(try station.lines() == [])
      #expect(station.pipeline.isWaiting == true)
      let wants = try station.pipeline.settle(at: Station.after(1))
      #expect(wants.listing)
      try station.pipeline.take(.success([Station.identity]), at: Station.after(2))
      #expect(station.pipeline.isWaiting == false)
      #expect(try station.serials() == [1, 2, 3, 4, 5])
      #expect(try station.lines().allSatisfy { $0.contains(#" pod="scp-test-pod" container="redis" "#) })
      #expect(try !station.lines().contains { $0.contains("attribution=") })
      try station.process(payload(pid: 7, serial: 6), after: 3)
      #expect(try station.serials() == [1, 2, 3, 4, 5, 6])
    }
  }

  @Test("Records of others do not wait for a container that is not known yet")
  func othersPass() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: Self.inContainer)
      try directory.addProcess(8, cgroup: "0::/system.slice/sshd.service\n")
      var station = try Station(in: directory, processes: live(directory))
      try station.process(payload(pid: 7, serial: 1))
      try station.process(payload(pid: 8, serial: 2))
      #expect(try station.serials() == [2])
    }
  }

  @Test("When the runtime does not answer, records go out with the container's ID after the patience")
  func noAnswer() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: Self.inContainer)
      var station = try Station(in: directory, processes: live(directory))
      try station.process(payload(pid: 7, serial: 1))
      let error = CRIError(.missing, RuntimeEndpoint(path: "/x"))
      try station.pipeline.take(.failure(error), at: Station.after(10))
      _ = try station.pipeline.settle(at: Station.after(1999))
      #expect(try station.lines() == [])
      _ = try station.pipeline.settle(at: Station.after(2000))
      let end = #" containerID="\#(Station.id)" attribution="no-cri""#
      #expect(try station.lines().map { $0.hasSuffix(end) } == [true, false])
      #expect(
        try station.lines()[1].hasSuffix(
          #""audit records without names" logger="log-enricher" count=1 where="parked""#))
      #expect(station.pipeline.counters.losses[.parked] == 1)
      // The next one does not wait at all.
      try station.process(payload(pid: 7, serial: 2), after: 2001)
      #expect(try station.serials() == [1, 2])
      #expect(station.pipeline.counters.unresolved == 2)
    }
  }

  @Test("A container that the runtime does not list is unknown, and said to be")
  func unknownContainer() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: Self.inContainer)
      var station = try Station(in: directory, processes: live(directory))
      try station.process(payload(pid: 7))
      try station.pipeline.take(.success([]), at: Station.after(10))
      _ = try station.pipeline.settle(at: Station.after(500))
      let end = #" attribution="unresolved" reason="unknown-container""#
      #expect(try station.lines().map { $0.hasSuffix(end) } == [true, false])
    }
  }

  @Test("A flood of one unknown container is not kept for ever")
  func flood() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: Self.inContainer)
      var station = try Station(in: directory, processes: live(directory))
      var kept = 0
      repeat {
        kept += 1
        try station.process(payload(pid: 7, serial: kept))
      } while try station.lines().isEmpty && kept < 100_000
      // Some four million bytes of them. The last one found no room, and waits.
      #expect((15_000...25_000).contains(kept))
      #expect(try station.serials() == Array(1..<kept))
    }
  }

  @Test("What still waits at the end is written, and told to have waited in vain")
  func finish() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: Self.inContainer)
      var station = try Station(in: directory, processes: live(directory))
      try station.process(payload(pid: 7))
      try station.pipeline.finish(at: Station.after(1))
      let lines = try station.lines()
      #expect(lines.map { $0.hasSuffix(#" attribution="no-cri""#) } == [true, false])
      #expect(lines.last?.contains(#" count=1 where="parked""#) == true)
      #expect(station.pipeline.isWaiting == false)
    }
  }
}
