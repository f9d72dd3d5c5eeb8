internal import ProcFS

/// PID namespaces of containers.
extension ProcessTable {
  /// Whether a process's orphans may be adopted by a process of another owner. Until all processes have been found this is true of every
  /// process, because it is not known which containers are in the host's PID namespace.
  func mayLeaveOrphans(_ process: Process) -> Bool {
    process.mayLeaveOrphans || missingReason == .start || missingReason == .losses
  }

  /// Records the PID namespace of a container's process.
  mutating func note(_ namespace: PIDNamespace, of pid: Int32) {
    guard let process = latest[pid], process.isInContainer else { return }
    let isFirst = namespace.level == 2 && namespace.isFirst
    if isFirst { latest[pid]?.traits.insert(.isFirstOfNamespace) }
    if namespace.level == 1 { noteSeenInHostNamespace(pid) }
    // Containers of other runtimes share no pod's namespace.
    guard let container = containerID(of: process) else { return }
    if containers[container] == nil { forgetContainers() }
    var known = containers[container] ?? ContainerNamespace(pod: namespace.pod)
    let isNew = known.first == nil && (isFirst || !known.isNested && namespace.level > 1)
    if isFirst, known.first?.id != process.id { known.first = (pid, process.id) }
    let isFirstInHost = namespace.level == 1 && !known.isInHostNamespace
    if namespace.level == 1 { known.isInHostNamespace = true } else { known.isNested = true }
    containers[container] = known
    if isNew { noteSharing(in: known.pod) }
    if isFirstInHost { noteNamespaceEntrants(of: container) }
  }

  /// A container of a pod that has no PID namespace of its own may be in the namespace of any other container of the pod. Marks their first
  /// processes.
  private mutating func noteSharing(in pod: Int) {
    guard containers.values.contains(where: { $0.pod == pod && $0.mayShare }) else { return }
    for known in containers.values where known.pod == pod {
      // The process may count as ended since a loss, and be found again.
      guard let (pid, id) = known.first, latest[pid]?.id == id else { continue }
      var mixed = mixedParents[pid].flatMap { $0.id == id ? $0 : nil } ?? MixedParent(id: id)
      mixed.isShared = true
      mixedParents[pid] = mixed
      latest[pid]?.traits.insert(.isMixedParent)
    }
  }

  /// Whether a container of its pod that may be in its PID namespace still has a process.
  mutating func sharesItsNamespace(_ first: Process) -> Bool {
    guard let pod = containerID(of: first).flatMap({ containers[$0]?.pod }) else { return false }
    let others = containers.filter { $0.value.pod == pod && $0.value.mayShare }
    if latest.values.contains(where: { process in
      process.isOpen && containerID(of: process).map { others[$0] != nil } ?? false
    }) {
      return true
    }
    for id in others.keys { containers[id] = nil }
    return false
  }

  /// Forgets containers without a process when there are twice as many containers as after the last cleaning.
  private mutating func forgetContainers() {
    guard containers.count >= maxContainers, missingReason != .losses else { return }
    let live = Set(latest.values.compactMap { $0.isOpen ? containerID(of: $0) : nil })
    containers = containers.filter { live.contains($0.key) }
    maxContainers = max(maxContainers, 2 * containers.count)
  }
}
