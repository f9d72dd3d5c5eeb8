import AuditRecord
import ContainerRuntime
import Recorder
import Recordings
import Testing

@Suite struct RecorderTests {
  private typealias Fixture = RecorderFixture

  @Test("Calls are counted by number, caller and action, with the time of the first")
  func counts() throws {
    var fixture = try Fixture()
    let app = Fixture.container()
    fixture.record(app, 0, times: 3)
    fixture.record(app, 0, by: .runc)
    fixture.record(app, 0, action: .errno, times: 2)
    fixture.record(app, 165)
    let time = fixture.time
    fixture.pass(1000)
    fixture.record(app, 0, times: 4)
    fixture.pass(100_000)
    let calls = try fixture.recording().calls
    let read = Recording.Call(arch: "x86_64", number: 0, name: "read", action: .log, caller: .program)
    #expect(calls.count == 4 && calls[read]?.records == 7 && calls[read]?.first == time)
    #expect(calls.keys.filter { $0.caller == .runc }.map(\.name) == ["read"])
    #expect(calls.first { $0.key.action == .errno }?.value.records == 2)
    #expect(calls.keys.contains { $0.name == "mount" })
    #expect(fixture.recorder.counts().newSyscalls == 4)
  }

  @Test(
    "A new call is handed over within half a second, other counts once a minute, and nothing while nothing is counted"
  )
  func updates() throws {
    var fixture = try Fixture()
    #expect(fixture.wait == nil)
    let app = Fixture.container()
    fixture.record(app, 0)
    #expect(fixture.wait == 500)
    let updates = fixture.pass(500)
    #expect(try updates == 1 && fixture.names() == ["read"])
    fixture.pass(100_000)
    for _ in 0..<30 {
      fixture.record(app, 0)
      let updates = fixture.pass(1000)
      #expect(updates <= 1)
    }
    #expect(try fixture.recording().calls.values.first!.records < 31)
    fixture.pass(100_000)
    #expect(try fixture.recording().calls.values.first!.records == 31)
    #expect(fixture.wait == nil)
  }

  @Test("Machines are told apart, x32 by its numbers")
  func machines() throws {
    var fixture = try Fixture()
    let app = Fixture.container()
    fixture.record(app, 39)
    fixture.record(app, 39 | 1 << 30)
    fixture.record(app, 20, arch: 0x4000_0003)
    fixture.record(app, 172, arch: 0xc000_00b7)
    fixture.record(app, 39)
    fixture.pass(100_000)
    let calls = try fixture.recording().calls
    #expect(
      Set(calls.keys.map { "\($0.arch) \($0.name)" }) == [
        "x86_64 getpid", "x32 getpid", "x86 getpid", "aarch64 getpid",
      ])
    #expect(calls.first { $0.key.arch == "x86_64" }?.value.records == 2)
    #expect(calls.keys.contains { $0.arch == "x32" && $0.number == 39 | 1 << 30 })
  }

  @Test(
    "A container that invents numbers and machines fills its own recording only, whose known calls still count"
  )
  func hostileNumbers() throws {
    var fixture = try Fixture()
    let (app, other) = (Fixture.container(1), Fixture.container(2, pod: "db-0"))
    fixture.record(other, 0)
    for number in [-1, .min, .max, 1 << 22, 1 << 30 | 1 << 29] as [Int64] { fixture.record(app, number) }
    for number in 0..<100_000 as Range<Int64> { fixture.record(app, number, times: 2) }
    for arch in 0..<1000 as Range<UInt32> { fixture.record(app, 1, arch: arch) }
    for _ in 0..<3 { for number in 0..<300 as Range<Int64> { fixture.record(app, number | 1 << 30) } }
    fixture.pass(100_000)
    let recording = try fixture.recording()
    #expect(recording.calls.count <= Recording.Limit.calls && recording.calls.count > 200)
    let total = recording.calls.values.reduce(recording.others) { $0 + $1.records }
    #expect(total == 5 + 200_000 + 1000 + 900)
    #expect(!recording.isComplete && recording.gaps[.otherCalls] ?? 0 > 0)
    #expect(try fixture.names("db-0") == ["read"])
    fixture.record(other, 1)
    fixture.pass(1000)
    #expect(try fixture.names("db-0") == ["read", "write"])
  }

  @Test("Calls of all containers of a workload are one recording; each container counts once for each call")
  func containers() throws {
    var fixture = try Fixture()
    let labels = ["pod-template-hash": "7d4b9c6f5"]
    for number in 1...3 {
      let app = Fixture.container(number, pod: "web-7d4b9c6f5-x2x9\(number)", labels: labels)
      fixture.record(app, 0, times: 5)
      if number == 1 { fixture.record(app, 1) }
    }
    fixture.pass(100_000)
    let recording = try fixture.recording("web")
    #expect(
      recording.workloadKind == "Deployment" && recording.instances == 3 && recording.images == ["web:1"])
    #expect(recording.calls.first { $0.key.name == "read" }?.value.instances == 3)
    #expect(recording.calls.first { $0.key.name == "write" }?.value.instances == 1)
  }

  @Test(
    "A recording has its pods' labels without those of controllers, and what the runtime reports, each once")
  func description() throws {
    var fixture = try RecorderFixture()
    let labels = ["pod-template-hash": "7d4b9c6f5"]
    fixture.start(RecorderFixture.container(pod: "web-7d4b9c6f5-x2x9z", labels: labels))
    fixture.pass(1000)
    #expect(try fixture.recording("web").labels == [:])
    _ = fixture.book.drainAll()
    let subject = try #require(RecordingSubject(namespace: "prod", workload: "web", container: "app"))
    let filter = ContainerSecurity.Filter(defaultAction: "SCMP_ACT_LOG", allowed: ["read"])
    let description = RecorderUpdate.Description(
      of: subject,
      ContainerReport(
        ContainerSecurity(noNewPrivileges: true, filter: filter),
        labels: labels.merging(["app": "web", "controller-uid": "u", "io.kubernetes.pod.name": "web"]) { $1 }),
      runtime: "containerd 1.7.27")
    fixture.book.describe(description, at: fixture.time)
    #expect(fixture.book.drainNew().map(\.subject) == [subject])
    let recording = try fixture.recording("web")
    #expect(recording.labels == ["app": "web"])
    #expect(recording.noNewPrivileges == [true] && recording.runtimes == ["containerd 1.7.27"])
    #expect(recording.profile == Recording.Profile(defaultAction: "SCMP_ACT_LOG", allowed: ["read"]))
    #expect(try !fixture.names("web").isEmpty && recording.nodes == ["n1"])
    // The next instance has nothing new, so nothing is written.
    fixture.book.describe(description, at: fixture.time)
    #expect(fixture.book.drainNew().isEmpty)
  }

  @Test("At most a thousand recordings are made; others go on, and those in files have their space")
  func limits() throws {
    let known = try (0..<10).map { number in
      Recording(
        of: try #require(RecordingSubject(namespace: "prod", workload: "old-\(number)", container: "app")),
        since: 1)
    }
    var fixture = try Fixture(known: known)
    for number in 0..<2000 { fixture.record(Fixture.container(number, pod: "web-\(number)"), 0) }
    fixture.record(Fixture.container(5000, pod: "old-3"), 0)
    fixture.pass(1000)
    #expect(fixture.recorder.counts().recordings == RecorderMemory.maxRecordings)
    #expect(fixture.book.recordings.count == RecorderMemory.maxRecordings)
    #expect(fixture.recorder.counts().refused == 1010)
    #expect(try fixture.names("old-3") == ["read"])
  }

  @Test("Containers that come and go need no more memory than those that run")
  func churn() throws {
    var fixture = try Fixture()
    for number in 0..<5000 {
      let app = Fixture.container(number)
      fixture.start(app)
      fixture.recorder.listed([])
    }
    fixture.pass(100_000)
    let recording = try fixture.recording()
    #expect(recording.instances == 5000 && recording.recent.count == Recording.Limit.instances)
    #expect(recording.calls.first { $0.key.name == "write" }?.value.instances == 5000)
  }

  @Test(
    "Only chosen containers are recorded, and never a pod's sandbox",
    arguments: [
      ("all", ["app", "db"]), ("none", []), ("container=d*", ["db"]), ("opt-in", ["db"]),
      ("label.tier=front,container=app", ["app"]), ("pod=nothing", []),
    ])
  func choice(_ text: String, _ recorded: [String]) throws {
    var fixture = try Fixture(try #require(RecordingChoice(text)))
    for name in ["app", "db", ""] {
      let container = Fixture.container(
        name.utf8.count, name: name, labels: ["tier": "front"],
        annotations: ["audit-enricher/record": "x, db"])
      fixture.record(container, 0)
    }
    fixture.pass(1000)
    #expect(fixture.book.recordings.keys.map(\.container).sorted() == recorded)
  }

  @Test("Names that Kubernetes does not allow are refused, and counted")
  func names() throws {
    var fixture = try Fixture()
    for pod in ["..", "a/b", "a\n", ""] { fixture.record(Fixture.container(1, pod: pod), 0) }
    fixture.pass(1000)
    #expect(fixture.book.recordings.isEmpty && fixture.recorder.counts().refused == 4)
  }
}
