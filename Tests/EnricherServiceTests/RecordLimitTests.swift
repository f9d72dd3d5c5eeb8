import AuditSource
import ContainerRuntime
import EnricherService
import ProcessTable
import TestSupport
import Testing

@Suite struct RecordLimitTests {
  private static let other = String(repeating: "1e2d", count: 16)

  private func station(in directory: TemporaryDirectory, store: RecordStore? = nil) throws -> Station {
    let (first, second) = (ContainerID(Station.id)!, ContainerID(Self.other)!)
    var containers = ContainerDirectory(hasRuntime: false)
    _ = containers.listed(
      [
        Station.identity,
        ContainerIdentity(id: second, namespace: "b", pod: "quiet", container: "c", podUID: ""),
      ], at: 0)
    return try Station(
      in: directory,
      processes: Station.snapshot([1: .container(first), 2: .container(second), 3: .host(unit: nil)]),
      directory: containers, store: store
    ) { $0.recordsPerContainer = 3 }
  }

  /// One that has left out two records, and not told it yet.
  private func overLimit(in directory: TemporaryDirectory, store: RecordStore? = nil) throws -> Station {
    var station = try station(in: directory, store: store)
    for serial in 1...5 { try station.process(Station.payload(pid: 1, serial: serial)) }
    return station
  }

  @Test("What is beyond a container's limit is left out and told once its second is over, others pass")
  func limit() throws {
    try TemporaryDirectory.use { directory in
      var station = try station(in: directory)
      for serial in 1...10 {
        try station.process(Station.payload(pid: 1, serial: serial))
        try station.process(Station.payload(pid: 2, serial: 100 + serial / 4))
        try station.process(Station.payload(pid: 3, serial: 200 + serial))
      }
      #expect(try station.serials().filter { $0 < 100 } == [1, 2, 3])
      #expect(try station.serials().filter { $0 >= 200 }.count == 10)
      let wants = try station.pipeline.settle(at: Station.after(10))
      #expect(wants.wait == 990)
      #expect(try !station.lines().contains { $0.contains("suppressed") })

      _ = try station.pipeline.settle(at: Station.after(1000))
      let told = try station.lines().filter { $0.contains("suppressed") }
      #expect(told.count == 2)
      #expect(
        told.contains {
          $0.contains(
            #" "audit records suppressed" logger="log-enricher" type="suppressed" node="own-node" suppressed=7 namespace="scp-ns" pod="scp-test-pod" container="redis" "#
          ) && $0.hasPrefix("W")
        })
      #expect(told.contains { $0.contains(#" suppressed=7 namespace="b" pod="quiet" container="c" "#) })
      #expect(station.pipeline.counters.losses[.suppressed] == 14)
      #expect(station.pipeline.counters.records == 30)
      #expect(station.pipeline.counters.enriched == 16)

      try station.process(Station.payload(pid: 1, serial: 11), after: 1001)
      #expect(try station.serials().contains(11))
      #expect(try station.pipeline.settle(at: Station.after(2000)).wait == nil)
    }
  }

  @Test("A container of a runtime without CRI has a limit of its own")
  func foreign() throws {
    try TemporaryDirectory.use { directory in
      let containers = [1, 2].map { ProcessOwner.foreign(ForeignContainer(.lxc, "c\($0)")) }
      var station = try Station(
        in: directory, processes: Station.snapshot([1: containers[0], 2: containers[1]]),
        directory: ContainerDirectory(hasRuntime: false)
      ) { $0.recordsPerContainer = 3 }
      for serial in 1...5 { try station.process(Station.payload(pid: 1, serial: serial)) }
      try station.process(Station.payload(pid: 2, serial: 6))
      #expect(try station.serials() == [1, 2, 3, 6])
    }
  }

  @Test(
    "Records of which it is not known whose they are count together, for a container could make its own look so"
  )
  func unresolved() throws {
    try TemporaryDirectory.use { directory in
      var station = try station(in: directory)
      for serial in 1...10 { try station.process(Station.payload(pid: 1000 + serial, serial: serial)) }
      #expect(try station.serials() == [1, 2, 3])
      try station.process(Station.payload(pid: 1, serial: 11))
      #expect(try station.serials().last == 11)
      _ = try station.pipeline.settle(at: Station.after(1000))
      #expect(
        try station.lines().filter {
          // Of several reasons none.
          $0.hasSuffix(
            #" suppressed=7 namespace="" pod="" container="" attribution="unresolved" place="suppressed""#)
        }
        .count == 1)
    }
  }

  @Test("What was left out and not told before a crash is told by the next run, once")
  func crash() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      _ = try overLimit(in: directory, store: store)
      for runs in 1...2 {
        var next = try station(in: directory, store: store)
        try next.pipeline.resume(at: Station.start)
        let told = try next.lines().filter { $0.contains("suppressed") }
        #expect(told.count == 1, "after \(runs) runs")
        #expect(
          told.last?.contains(
            #""audit records suppressed" logger="log-enricher" type="suppressed" node="own-node" count=2 where="suppressed""#
          )
            == true)
      }
    }
  }

  @Test("What was told is not told again by the next run")
  func told() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      var first = try overLimit(in: directory, store: store)
      _ = try first.pipeline.settle(at: Station.after(1000))
      var next = try station(in: directory, store: store)
      try next.pipeline.resume(at: Station.start)
      #expect(try next.lines().filter { $0.contains("suppressed") }.count == 1)
    }
  }

  @Test("A look at the runtime's containers does not begin a container's second anew")
  func listing() throws {
    try TemporaryDirectory.use { directory in
      var station = try station(in: directory)
      for serial in 1...2 { try station.process(Station.payload(pid: 1, serial: serial)) }
      try station.pipeline.take(.success([Station.identity]), at: Station.after(1))
      for serial in 3...5 { try station.process(Station.payload(pid: 1, serial: serial), after: 2) }
      try station.pipeline.take(.success([Station.identity]), at: Station.after(3))
      try station.process(Station.payload(pid: 1, serial: 6), after: 4)
      #expect(try station.serials().filter { $0 > 0 } == [1, 2, 3])
      _ = try station.pipeline.settle(at: Station.after(1000))
      try station.process(Station.payload(pid: 1, serial: 7), after: 1000)
      #expect(try station.serials().contains(7))
    }
  }

  @Test("A second's first records pass, though nobody has told yet what was left out in the last one")
  func nextSecond() throws {
    try TemporaryDirectory.use { directory in
      var station = try overLimit(in: directory)
      try station.process(Station.payload(pid: 1, serial: 99), after: 1000)
      #expect(try station.serials().contains(99))
      _ = try station.pipeline.settle(at: Station.after(2000))
      #expect(try station.lines().last?.contains(" suppressed=2 ") == true)
    }
  }

  @Test("What was left out is told at the end, too")
  func end() throws {
    try TemporaryDirectory.use { directory in
      var station = try overLimit(in: directory)
      try station.pipeline.finish(at: Station.after(1))
      #expect(try station.lines().last?.contains(" suppressed=2 ") == true)
    }
  }
}
