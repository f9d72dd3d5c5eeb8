package import AuditRecord
package import Enrichment
internal import SyscallNames

/// The count of one series, with its names.
package struct RecordSample: Hashable, Sendable {
  package var kind: RecordKinds
  package var owner: RecordTally.Owner
  /// The values of the kind's labels: of SECCOMP the syscall and the action.
  package var labels: [String]
  package var count: UInt64
}

extension MetricsSnapshot {
  /// All series by name, ordered by kind. The same syscall on several machines is one series.
  package func series() -> [RecordSample] {
    var syscalls = SyscallTable()
    // The series of one syscall and action share their labels: each client of the endpoint may have its own ten thousand series.
    var seccompLabels: [TallyKey: [String]] = [:]
    var samples: [RecordSample] = []
    var indices: [RecordSample: Int] = [:]
    for (key, labels, count) in counts {
      let kind = key.record.kind
      var labels = labels
      if kind == .seccomp {
        labels = seccompLabels[key.record] ?? Self.labels(of: key.record, &syscalls)
        seccompLabels[key.record] = labels
      }
      var sample = RecordSample(
        kind: kind, owner: ownerNames[key.owner] ?? RecordTally.Owner(),
        labels: labels, count: 0)
      if let index = indices[sample] {
        samples[index].count &+= count
      } else {
        indices[sample] = samples.count
        sample.count = count
        samples.append(sample)
      }
    }
    return samples
  }

  private static func labels(of key: TallyKey, _ syscalls: inout SyscallTable) -> [String] {
    let name = syscalls.lookUp(key.syscall, arch: key.arch).syscall
    return [
      name.isKnown ? String(decoding: syscalls.names[name.range], as: UTF8.self) : "unknown",
      SeccompAction(rawValue: key.action).map { "\($0.name)" } ?? "unknown",
    ]
  }
}
