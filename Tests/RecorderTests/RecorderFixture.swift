import Glibc
import AuditRecord
import Cgroups
import ContainerRuntime
import LinuxSystem
import Recorder
import Recordings
import Testing

/// A recorder, and the recordings that its updates become.
struct RecorderFixture: ~Copyable {
  var recorder: Recorder
  var book: RecordingBook
  let memory: RecorderMemory
  private(set) var now: Int64 = 1_000_000

  /// The time of the fixture's beginning, in milliseconds since 1970.
  static let began: Int64 = 1_764_000_000_000
  static let arch: UInt32 = 0xc000_003e

  init(_ choice: RecordingChoice = .containers(.all), known: [Recording] = []) throws {
    memory = try RecorderMemory(began: Self.began)
    recorder = Recorder(choice, in: memory, known: Set(known.map(\.subject)), at: now)
    book = RecordingBook(known, node: "n1", hasMemory: false, at: Self.began)
  }

  /// Milliseconds until the next update.
  var wait: Int64? { mutating get { recorder.wait(at: now) } }

  var time: Int64 { Self.began + now - 1_000_000 }

  /// Continues as the next run does after this one was killed, with what was in files then.
  mutating func kill(files: [Recording]) throws {
    let inherited = try #require(RecorderMemory(inherited: dup(memory.memory.descriptor)))
    recorder = Recorder(.containers(.all), in: inherited, known: Set(files.map(\.subject)), at: now)
    book = RecordingBook(files, node: "n1", hasMemory: true, at: time)
  }

  static func container(
    _ number: Int = 0, pod: String = "web-0", name: String = "app", created: Int64 = began + 1,
    labels: [String: String] = [:], annotations: [String: String] = [:]
  ) -> ContainerIdentity {
    let digits = String(number, radix: 16)
    // Recordings have the first digits only.
    let start = String(repeating: "0", count: 8 - digits.count) + digits
    var identity = ContainerIdentity(
      id: ContainerID(start + String(repeating: "0", count: 56))!, namespace: "prod",
      pod: pod,
      container: name, podUID: "",
      podMetadata: PodMetadata(
        labels: labels, annotations: annotations,
        keeping: .init(
          labels: Set(labels.keys), annotations: Set(annotations.keys))))
    identity.created = created
    identity.image = "web:1"
    return identity
  }

  /// Counts a record of a container.
  mutating func record(
    _ identity: ContainerIdentity, _ syscall: Int64, by caller: SyscallCaller = .program,
    action: SeccompAction = .log, arch: UInt32 = arch, times: Int = 1
  ) {
    let target = recorder.target(of: identity, time: time)
    guard target.isRecorded else { return }
    for _ in 0..<times {
      recorder.count(
        TallyKey(arch: arch, syscall: syscall, action: action.rawValue), by: caller, of: target, at: time)
    }
  }

  /// The start of a container: what its runtime does, and a call of its program.
  mutating func start(_ identity: ContainerIdentity) {
    record(identity, 3, by: .runc)
    record(identity, 59, by: .runc)
    record(identity, 1)
  }

  /// Lets time pass, and applies the updates that are due. Returns how many there were.
  @discardableResult
  mutating func pass(_ milliseconds: Int64) -> Int {
    let end = now + milliseconds
    var count = 0
    while let wait = recorder.wait(at: now), now + wait <= end {
      now += wait
      guard let update = recorder.drain(at: now, time: time) else { continue }
      book.apply(update)
      count += 1
    }
    now = end
    return count
  }

  /// The recording of a container.
  func recording(_ workload: String = "web-0", _ container: String = "app") throws -> Recording {
    let subject = try #require(
      RecordingSubject(namespace: "prod", workload: workload, container: container))
    return try #require(book.recordings[subject])
  }

  /// The names of a recording's calls.
  func names(_ workload: String = "web-0") throws -> [String] {
    try recording(workload).calls.keys.map(\.name).sorted()
  }
}
