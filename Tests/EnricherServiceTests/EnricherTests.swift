import Cgroups
import ContainerRuntime
import EnricherService
import Enrichment
import Logging
import ProcFS
import ProcessTracking
import Settings
import TestSupport
import Testing

/// Runs the whole service with its threads and tasks, so that the thread sanitizer sees how they interact.
@Suite struct EnricherTests {
  private static let container = String(repeating: "4f0c", count: 16)

  private static func payload(serial: Int, seconds: Int64) -> String {
    #"audit(\#(seconds).650:\#(serial)): auid=1 uid=0 gid=0 ses=1 pid=7 comm="sh" exe="/bin/sh" "#
      + "sig=0 arch=c000003e syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000"
  }

  private static let settings: Settings = {
    var settings = Settings()
    settings.node = "n"
    settings.runtime = .endpoint(RuntimeEndpoint(path: "/nonexistent"))
    return settings
  }()

  /// A runtime that knows one container, but lists it only at the second request.
  private struct Runtime: RuntimeClient {
    let questions: Questions

    func version() async throws(CRIError) -> RuntimeVersion { RuntimeVersion(name: "test", version: "1") }

    func reports(
      of containers: [ContainerID], withLabels: Bool
    ) async throws(CRIError) -> [ContainerID: ContainerReport] {
      [:]
    }

    func containers(keeping keys: PodMetadata.Keys) async throws(CRIError) -> [ContainerIdentity] {
      await questions.next() < 2
        ? []
        : [
          ContainerIdentity(
            id: ContainerID(EnricherTests.container)!, namespace: "scp-ns", pod: "scp-test-pod",
            container: "redis", podUID: "6c5f")
        ]
    }
  }

  private actor Questions {
    private var count = 0
    func next() -> Int {
      count += 1
      return count
    }
  }

  @Test("Records on one thread wait for names from another task")
  func names() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.removeAll() }
    try directory.addProcess(7, cgroup: "0::/k8s.io/\(EnricherTests.container)\n")
    let second = ClockReading.now.seconds
    let log = (1...2000).map { serial in
      "type=SECCOMP msg=" + EnricherTests.payload(serial: serial, seconds: second) + "\n"
    }
    try directory.write(log.joined(), to: "audit.log")
    var settings = Self.settings
    settings.procRoot = "\(directory.path)/proc"
    settings.output = "\(directory.path)/output"
    let questions = Questions()
    let enricher = Enricher(
      settings: settings, connect: { _ in Runtime(questions: questions) }, log: Logger(label: "test"))
    let counters = try await enricher.replay(.files(["\(directory.path)/audit.log"]), snapshots: [])
    #expect(counters.records == 2000)
    // On a busy machine the names may arrive after the timeout. The lines then report that they are late.
    let lines = try directory.text(of: "output").split(separator: "\n").filter { $0.first == "I" }
    #expect(lines.count == 2000)
    #expect(counters.enriched + counters.unresolved == 2000)
    #expect(lines.count { $0.contains(#" pod="scp-test-pod" container="redis" "#) } == counters.enriched)
  }

  @Test("One thread attributes while another scans /proc")
  func tracker() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.removeAll() }
    for pid in 1...50 { try directory.addProcess(pid, cgroup: "0::/k8s.io/\(EnricherTests.container)\n") }
    let tracker = ProcessTracker(procFS: ProcFS(root: "\(directory.path)/proc"), usesEvents: false)
    let id = try #require(ContainerID(EnricherTests.container))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for _ in 0..<20 { tracker.scan() } }
      group.addTask {
        for _ in 0..<20 {
          tracker.beginBatch()
          for pid in 1...50 as ClosedRange<Int32> {
            var isSettled = false
            let found = tracker.attribute(
              pid, stamp: ClockReading.now.epochMilliseconds, isSettled: &isSettled)
            #expect(found == .owner(.container(id)))
          }
        }
      }
    }
  }
}
