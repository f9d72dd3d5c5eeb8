import AccessRecords
import Aggregation
import AuditRecord
import AuditSource
import Cgroups
import ContainerRuntime
import EnrichedLog
import LogOutput
import LogLines
import Enrichment
import Recorder
import Snapshots
import TestSupport

/// The fixture of a pipeline for the kinds that the program knows.
typealias PipelineFixture = RecordPipelineFixture<KnownKinds>

/// A pipeline that writes to a file, which tests can read.
struct RecordPipelineFixture<Kinds: RecordTable>: ~Copyable {
  var pipeline: RecordPipeline<Kinds>
  private let directory: TemporaryDirectory
  private var batch = RecordBatch()
  private var reader = LogLineReader(types: Kinds.types)

  static var id: String { String(repeating: "4f0c", count: 16) }
  /// The time of the records in these tests, a thousand seconds after boot.
  static var start: ClockReading {
    ClockReading(seconds: 1_715_847_187, microseconds: 660_000, sinceBoot: 1_000_000)
  }

  init(
    in directory: TemporaryDirectory, processes: ProcessSource, nodes: [NodeSnapshot] = [],
    directory containers: ContainerDirectory = ContainerDirectory(), store: RecordStore? = nil,
    recorder: consuming Recorder? = nil, counts: AggregationMemory? = nil, clock: IntervalClock = .machine,
    change: (inout EnrichmentOptions) -> Void = { _ in }
  ) throws {
    self.directory = directory
    var options = EnrichmentOptions()
    options.node = "own-node"
    options.hasRuntime = true
    change(&options)
    let counts = try counts ?? (options.aggregation == nil ? nil : AggregationMemory())
    pipeline = RecordPipeline(
      options: options, processes: processes, nodes: nodes, directory: containers,
      store: try store ?? RecordStore(),
      output: try RecordOutput(.file("\(directory.path)/output")), recorder: recorder,
      counts: counts, clock: clock)
  }

  /// A snapshot of these processes, which are running at all times.
  static func snapshot(_ owners: [Int32: ProcessOwner]) -> ProcessSource {
    .snapshot(
      NodeSnapshot(
        node: "own-node", time: .max, containers: [],
        processes: owners.mapValues { NodeSnapshot.Process($0, start: 0) }))
  }

  static func after(_ milliseconds: Int64) -> ClockReading {
    let micro = start.microseconds + milliseconds * 1000
    return ClockReading(
      seconds: start.seconds + micro / 1_000_000, microseconds: micro % 1_000_000,
      sinceBoot: start.sinceBoot + milliseconds)
  }

  /// The payload of a record, by default of a time long ago.
  static func payload(
    pid: Int, serial: Int = 1, syscall: Int = 39, seconds: Int64 = 1_715_847_187, exe: String = "\"/bin/sh\"",
    code: String = "0x7ffc0000"
  ) -> String {
    #"audit(\#(seconds).650:\#(serial)): auid=1 uid=0 gid=0 ses=1 pid=\#(pid) comm="sh" exe=\#(exe) "#
      + "sig=0 arch=c000003e syscall=\(syscall) compat=0 ip=0x7fec529f1829 code=\(code)"
  }

  static var identity: ContainerIdentity {
    ContainerIdentity(
      id: ContainerID(id)!, namespace: "scp-ns", pod: "scp-test-pod", container: "redis", podUID: "6c5f")
  }

  /// Processes one record.
  mutating func process(
    _ text: String, form: RecordForm = .payload, type: RecordType = .seccomp, after milliseconds: Int64 = 0
  ) throws {
    switch form {
    case .payload: batch.replace(with: text, type: type)
    case .line: batch.replace(withLine: text, by: &reader)
    }
    try pipeline.process(batch, at: Self.after(milliseconds))
  }

  /// Opens the output again, as after SIGHUP.
  mutating func reopen() throws { pipeline.reopen(try RecordOutput(.file("\(directory.path)/output"))) }

  /// The lines that have been written so far.
  borrowing func lines() throws -> [String] {
    try directory.text(of: "output").split(separator: "\n").map(String.init)
  }

  /// The serial numbers of the lines that have been written so far.
  borrowing func serials() throws -> [Int] {
    try lines().compactMap { line in
      guard let key = line.firstRange(of: " timestamp=\""),
        let stamp = line[key.upperBound...].firstRange(of: ":")
      else { return nil }
      return Int(line[stamp.upperBound...].prefix { $0 != "\"" })
    }
  }
}

/// The form in which a test passes a record.
enum RecordForm {
  /// The form in which the kernel sends it.
  case payload
  /// The form of a log line.
  case line
}
