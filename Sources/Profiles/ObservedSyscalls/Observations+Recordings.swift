package import AuditRecord
package import Recordings

extension Observations {
  /// Adds the calls of a recording, if its container is selected. Of a pod's name only the workload's part is known, so a pattern for pods
  /// has to match that. Each recording of one container has to be of other nodes, or of another time.
  package mutating func add(_ recording: Recording) throws(NamePool.Overflow) {
    let subject = recording.subject
    let owner = Owner(
      node: try name(recording.nodes.joined(separator: ",")), namespace: try name(subject.namespace),
      pod: .none,
      container: try name(subject.container), image: try name(recording.images.last ?? ""),
      workload: try name(subject.workload))
    guard isSelected(owner, labels: recording.labels) else { return }
    if recordings[owner]?.merge(recording) == nil { recordings[owner] = recording }
    for (call, counts) in recording.calls {
      let key = Key(
        owner: owner, containerID: .none, executable: .none, arch: try name(call.arch), number: call.number,
        syscall: try name(call.name), action: call.action, runtime: Observation.Runtime(call.caller))
      var tally = Tally(count: counts.records, first: counts.first, last: counts.last)
      tally.instances = counts.instances
      calls[key, default: Tally()].add(tally)
    }
    guard calls.count < Self.maxCount, recordings.count < Self.maxCount else { throw NamePool.Overflow() }
  }

  private mutating func name(_ text: String) throws(NamePool.Overflow) -> Name {
    try reader.names.name(text)
  }
}

extension Observation.Runtime {
  init?(_ caller: SyscallCaller) {
    switch caller {
    case .program: return nil
    case .runc: self = .runc
    case .crun: self = .crun
    }
  }
}

extension SyscallCaller {
  /// The runtime, or the program if it is nil.
  package init(_ runtime: Observation.Runtime?) {
    self =
      switch runtime {
      case .runc: .runc
      case .crun: .crun
      case nil: .program
      }
  }
}
