import AuditRecord
import Recordings

extension Recording {
  /// A recording of prod/web/app.
  static func fixture(
    _ names: [String], node: String = "n1", since: Int64 = 1000, isComplete: Bool = true,
    gaps: [Gap: UInt64] = [:]
  ) -> Recording {
    var recording = Recording(
      of: RecordingSubject(namespace: "prod", workload: "web", container: "app")!, since: since)
    recording.workloadKind = "Deployment"
    recording.nodes = [node]
    recording.until = since + 500
    recording.add(image: "registry/web:1")
    recording.add(Instance(id: "4f0c4f0c4f0c4", isComplete: isComplete))
    recording.gaps = gaps
    for (index, name) in names.enumerated() {
      recording.add(
        Tally(records: 10, instances: 1, first: since + Int64(index), last: since + 100),
        of: Call(arch: "x86_64", number: Int64(index), name: name, action: .log, caller: .program))
    }
    return recording
  }
}
