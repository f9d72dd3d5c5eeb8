import AuditRecord
import ContainerRuntime
import Glibc
import Recorder
import Recordings
import Testing

/// Whether a recording is complete, and why not.
@Suite struct CompletenessTests {
  private typealias Fixture = RecorderFixture

  @Test("A container that was seen from its start makes its recording complete")
  func start() throws {
    var fixture = try Fixture()
    fixture.start(Fixture.container())
    fixture.pass(1000)
    #expect(try fixture.recording().isComplete && fixture.recording().gaps.isEmpty)
    #expect(try fixture.recording().executions == 0)
    // What is executed in it later is no start.
    fixture.record(Fixture.container(), 59, by: .runc, times: 2)
    fixture.pass(100_000)
    #expect(try fixture.recording().executions == 2)
  }

  @Test("A container that had started before, or whose start is not logged, does not")
  func startedBefore() throws {
    var fixture = try Fixture()
    fixture.start(Fixture.container(1, created: Fixture.began - 1))
    fixture.pass(1000)
    #expect(try fixture.recording().gapTexts == ["1 instance started before the recording"])
    // A later one does.
    fixture.start(Fixture.container(2))
    fixture.pass(1000)
    #expect(try fixture.recording().isComplete && fixture.recording().gapTexts.isEmpty)

    fixture.record(Fixture.container(3, pod: "db-0"), 0)
    fixture.pass(1000)
    #expect(try fixture.recording("db-0").gapTexts == ["1 instance whose start was not logged"])
  }

  @Test(
    "A loss makes all running containers incomplete, and those that have just ended; a later container is complete again"
  )
  func losses() throws {
    var fixture = try Fixture()
    let (app, db, job) = (
      Fixture.container(1), Fixture.container(2, pod: "db-0"), Fixture.container(3, pod: "job-0")
    )
    for container in [app, db, job] { fixture.start(container) }
    fixture.recorder.listed([app, db])
    fixture.pass(10_000)
    fixture.recorder.listed([app])
    fixture.pass(600)
    fixture.recorder.lose(3, .lost(at: "socket"))
    fixture.recorder.lose(2, .unresolved)
    fixture.pass(1000)
    #expect(try fixture.recording().gapTexts == ["3 records lost (socket)", "2 records unresolved"])
    #expect(try !fixture.recording("db-0").isComplete)
    // It had ended ten seconds before.
    #expect(try fixture.recording("job-0").isComplete)
    fixture.start(Fixture.container(4))
    fixture.pass(1000)
    #expect(try fixture.recording().isComplete)
    // The reasons are kept for the case that this one is incomplete, too.
    fixture.recorder.lose(1, .lost(at: "socket"))
    fixture.pass(1000)
    #expect(try fixture.recording().gapTexts == ["4 records lost (socket)", "2 records unresolved"])
  }

  @Test("A container that is chosen while it runs is not complete, whatever its runtime executes in it then")
  func chosenLater() throws {
    var fixture = try Fixture(.containers(.none))
    let app = Fixture.container()
    fixture.start(app)
    fixture.pass(1000)
    fixture.recorder.use(.containers(.all), known: [], time: fixture.time)
    fixture.start(app)
    fixture.pass(1000)
    #expect(try fixture.recording().gapTexts == ["1 instance started before the recording"])
  }

  @Test("A loss between the first record of a container and its start counts")
  func lossAtStart() throws {
    var fixture = try Fixture()
    fixture.record(Fixture.container(), 3, by: .runc)
    fixture.recorder.lose(1, .lost(at: "kernel"))
    fixture.pass(1000)
    fixture.start(Fixture.container())
    fixture.pass(1000)
    #expect(try fixture.recording().gapTexts == ["1 record lost (kernel)"])
  }

  @Test("After the service was killed all calls are there, and running containers are still complete")
  func killed() throws {
    var fixture = try Fixture()
    let app = Fixture.container()
    fixture.start(app)
    fixture.pass(1000)
    let files = [try fixture.recording()]
    // These were counted and not yet handed over.
    fixture.record(app, 2)
    fixture.record(app, 1, times: 3)
    try fixture.kill(files: files)
    fixture.pass(1000)
    #expect(try fixture.names() == ["close", "execve", "open", "write"])
    #expect(try fixture.recording().calls.first { $0.key.name == "write" }?.value.records == 4)
    fixture.record(app, 3)
    fixture.pass(1000)
    #expect(try fixture.recording().isComplete && fixture.recording().instances == 1)
    #expect(try fixture.recording().calls.first { $0.key.name == "write" }?.value.instances == 1)
    // Nothing had become a file: the memory has the names and the start, too.
    try fixture.kill(files: [])
    fixture.pass(1000)
    #expect(try fixture.names() == ["close", "close", "execve", "open", "write"])
    #expect(try fixture.recording().isComplete && fixture.recording().instances == 1)
  }

  @Test(
    "After a kill a loss or a start that is not in a file yet counts; what is in files is not judged anew")
  func killedWithLosses() throws {
    var fixture = try Fixture()
    let (app, db) = (Fixture.container(1), Fixture.container(2, pod: "db-0"))
    fixture.start(app)
    fixture.pass(1000)
    var files = [try fixture.recording()]
    fixture.recorder.lose(1, .unresolved)
    try fixture.kill(files: files)
    fixture.pass(1000)
    #expect(try fixture.recording().gapTexts == ["1 record unresolved"])
    files = [try fixture.recording()]
    fixture.pass(200_000)
    // Its start is known to the memory only.
    fixture.start(db)
    try fixture.kill(files: files)
    fixture.pass(1000)
    #expect(try fixture.recording("db-0").isComplete)
    #expect(try fixture.recording().gapTexts == ["1 record unresolved"])
  }

  @Test("Without the memory of the last run, containers that ran then are incomplete")
  func restarted() throws {
    var first = try Fixture()
    first.start(Fixture.container(1))
    first.start(Fixture.container(2, pod: "db-0"))
    first.pass(1000)
    first.recorder.listed([Fixture.container(1)])
    first.pass(1000)
    let files = try [first.recording(), first.recording("db-0")]
    var second = try Fixture(known: files)
    #expect(try second.recording().gapTexts == ["1 restart of the service that lost its memory"])
    // This one had ended before.
    #expect(try second.recording("db-0").isComplete)
    second.record(Fixture.container(1, created: Fixture.began - 5), 5)
    second.pass(1000)
    #expect(try second.recording().instances == 1 && !second.recording().isComplete)
  }

  @Test(
    "Damaged memory is no recording, and stops nothing",
    arguments: [
      // All recordings and containers, the names of the first recording, its calls.
      4096..<Int.max, 4096..<4608, 4608..<6656,
    ])
  func damage(_ range: Range<Int>) throws {
    var fixture = try Fixture()
    fixture.start(Fixture.container())
    var state: UInt64 = 1
    for offset in stride(from: range.lowerBound, to: min(range.upperBound, fixture.memory.memory.size), by: 8)
    {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      fixture.memory.memory.store(state, at: offset)
    }
    try fixture.kill(files: [])
    fixture.start(Fixture.container(7))
    fixture.pass(1000)
    #expect(try fixture.names() == ["close", "execve", "write"])
  }

  @Test("Memory of another version, or with impossible machines, is not adopted")
  func otherMemory() throws {
    for offset in [0, 8, 128] {
      let fixture = try Fixture()
      fixture.memory.memory.store(.max, at: offset)
      #expect(RecorderMemory(inherited: dup(fixture.memory.memory.descriptor)) == nil)
    }
  }
}
