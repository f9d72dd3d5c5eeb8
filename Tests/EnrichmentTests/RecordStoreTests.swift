import AuditSource
import Cgroups
import ContainerRuntime
import Enrichment
import Glibc
import TestSupport
import Testing
import WaitingRecords

/// Tests records that wait for names in memory that another process can adopt.
@Suite struct RecordStoreTests {
  private static let container = ContainerID(PipelineFixture.id)!
  private let waiting = PipelineFixture.snapshot([7: .container(container)])

  /// Another process's view of the same memory.
  private func handOver(_ store: RecordStore) throws -> RecordStore {
    try #require(RecordStore(inherited: dup(store.descriptor)))
  }

  private var named: Result<[ContainerIdentity], CRIError> { .success([PipelineFixture.identity]) }

  @Test("Records that waited when a process was killed are written by the next one, in order")
  func resumed() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      let again = try handOver(store)
      var killed = try PipelineFixture(in: directory, processes: waiting, store: store)
      let all = Array(1...500)
      for serial in all { try killed.process(PipelineFixture.payload(pid: 7, serial: serial)) }
      #expect(try killed.lines() == [])

      var next = try PipelineFixture(in: directory, processes: waiting, store: again)
      try next.pipeline.resume(at: PipelineFixture.start)
      #expect(try next.lines() == [])
      // A later record of the same container follows them.
      try next.process(PipelineFixture.payload(pid: 7, serial: 501))
      try next.pipeline.merge(named, at: PipelineFixture.after(100))
      #expect(try next.serials() == all + [501])
      #expect(try next.lines().allSatisfy { $0.contains(#" pod="scp-test-pod" "#) })

      var last = try PipelineFixture(in: directory, processes: waiting, store: handOver(store))
      try last.pipeline.resume(at: PipelineFixture.start)
      #expect(last.pipeline.isWaiting == false)
    }
  }

  @Test("The node name of a log line is kept with a waiting record")
  func node() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      var killed = try PipelineFixture(in: directory, processes: waiting, store: store)
      try killed.process("node=that type=SECCOMP msg=" + PipelineFixture.payload(pid: 7), form: .line)
      var next = try PipelineFixture(in: directory, processes: waiting, store: handOver(store))
      try next.pipeline.resume(at: PipelineFixture.start)
      try next.pipeline.merge(named, at: PipelineFixture.after(100))
      #expect(try next.lines().map { $0.contains(#" node="that" "#) } == [true])
    }
  }

  @Test("A torn record is discarded, but all records before it are kept")
  func torn() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      var killed = try PipelineFixture(in: directory, processes: waiting, store: store)
      for serial in 1...3 { try killed.process(PipelineFixture.payload(pid: 7, serial: serial)) }
      // The offset of the third text's length.
      let entry = (16 + PipelineFixture.payload(pid: 7).utf8.count + 7) & ~7
      var length: UInt16 = .max
      unsafe pwrite(store.descriptor, &length, 2, off_t(store.waiting.lowerBound + 80 + 2 * entry))
      var next = try PipelineFixture(in: directory, processes: waiting, store: handOver(store))
      try next.pipeline.resume(at: PipelineFixture.start)
      try next.pipeline.merge(named, at: PipelineFixture.after(100))
      #expect(try next.serials() == [1, 2])
    }
  }

  @Test("Memory of another size or version is not adopted")
  func foreign() throws {
    let store = try RecordStore()
    var version = UInt64.max
    unsafe pwrite(store.descriptor, &version, 8, 8)
    #expect(RecordStore(inherited: dup(store.descriptor)) == nil)
    try TemporaryDirectory.use { directory in
      #expect(RecordStore(inherited: unsafe open("\(directory.path)/file", O_RDWR | O_CREAT, 0o600)) == nil)
    }
    #expect(RecordStore(inherited: unsafe open("/dev/null", O_RDWR)) == nil)
  }

  @Test("After three crashes, the records are discarded and reported by the next run, once")
  func attempts() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      var killed = try PipelineFixture(in: directory, processes: waiting, store: store)
      for serial in 1...3 { try killed.process(PipelineFixture.payload(pid: 7, serial: serial)) }
      for _ in 1...3 { #expect(try !handOver(store).mayBeFatal) }
      let last = try handOver(store)
      #expect(last.mayBeFatal && !last.crashedWhileCounting)
      last.discard(UInt64(ParkedRecords(in: last).count))
      for reports in [1, 0] {
        let store = try handOver(store)
        #expect(!store.mayBeFatal && ParkedRecords(in: store).count == 0)
        var next = try PipelineFixture(in: directory, processes: waiting, store: store)
        try next.pipeline.resume(at: PipelineFixture.start)
        #expect(try next.lines().filter { $0.contains(#" count=3 where="memory""#) }.count == 1)
        #expect(next.pipeline.counters.losses[.memory] == UInt64(3 * reports))
      }
    }
  }

  @Test("Records that may have crashed the run that was to discard them are not counted")
  func fatal() throws {
    let store = try RecordStore()
    for _ in 1...5 { _ = try handOver(store) }
    #expect(try handOver(store).crashedWhileCounting)
  }

  @Test("Records whose lines were rendered are not blamed for a crash, even if the output accepts no line")
  func made() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      for serial in 1...5 {
        let next = try handOver(store)
        #expect(!next.mayBeFatal)
        var fixture = try PipelineFixture(
          in: directory, processes: PipelineFixture.snapshot([:]), store: next)
        try fixture.process(PipelineFixture.payload(pid: 7, serial: serial))
      }
    }
  }

  @Test("Runs that end in an orderly way do not count as crashes")
  func orderly() throws {
    let store = try RecordStore()
    for _ in 1...5 {
      let next = try handOver(store)
      #expect(!next.mayBeFatal)
      next.forgetAttempts()
    }
  }

  @Test("Memory in which many records waited is returned to the system")
  func discarded() throws {
    try TemporaryDirectory.use { directory in
      let store = try RecordStore()
      var fixture = try PipelineFixture(in: directory, processes: waiting, store: store)
      for serial in 1...10_000 { try fixture.process(PipelineFixture.payload(pid: 7, serial: serial)) }
      #expect(blocks(store) > 3 << 19)
      try fixture.pipeline.merge(named, at: PipelineFixture.after(100))
      #expect(try fixture.serials().count == 10_000)
      #expect(blocks(store) < 1 << 20)
    }
  }

  private func blocks(_ store: RecordStore) -> Int {
    var status = stat()
    unsafe fstat(store.descriptor, &status)
    return Int(status.st_blocks) * 512
  }
}
