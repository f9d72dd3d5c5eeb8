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
    var samples: [RecordSample] = []
    var indices: [RecordSample: Int] = [:]
    for (key, labels, count) in counts {
      let kind = key.record.kind
      var sample = RecordSample(
        kind: kind, owner: ownerNames[key.owner] ?? RecordTally.Owner(),
        labels: kind == .seccomp ? Self.labels(of: key.record, &syscalls) : labels, count: 0)
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
