internal import Cgroups

/// Namespace entrants: processes of containers in the host's PID namespace, which may enter PID namespaces of other containers.
///
/// A process that enters a namespace first creates a child there, whose parent is still in the host's namespace. Only the children of that
/// child are adopted by the first process of the namespace: when the child ends, just before its exit is reported.
// See: forget_original_parent() and do_exit() in kernel/exit.c, pidns_install() in kernel/pid_namespace.c
extension ProcessTable {
  /// The maximum number of adoptable entrants that are read for one fork.
  private static let maxEntrantReads = 8

  /// Marks a process of a container that is in the host's PID namespace. This includes a process that has entered another namespace, which
  /// alone would not show that its children may enter any.
  mutating func noteNamespaceEntrant(_ pid: Int32) {
    guard let process = latest[pid], !process.traits.contains(.mayEnterNamespaces),
      let container = containerID(of: process), containers[container]?.isInHostNamespace == true
    else { return }
    latest[pid]?.traits.insert(.mayEnterNamespaces)
    hasNamespaceEntrants = true
    noteAdoptableEntrant(pid)
  }

  /// Marks all known processes of a container that has turned out to be in the host's PID namespace.
  mutating func noteNamespaceEntrants(of container: ContainerID) {
    let owner = owners.number(of: .container(container))
    let pids = latest.compactMap { $0.value.owner == owner ? $0.pid : nil }
    for pid in pids { noteNamespaceEntrant(pid) }
    for pid in pids { noteParent(currentParent(of: pid), of: pid) }
    // The parents of processes in a compact set are not remembered.
    if compactSets.contains(where: { $0.owner == owner }) { requestScan(.full, by: lastEvent) }
  }

  /// Remembers a process whose parent is not known to be in the host's PID namespace.
  mutating func noteAdoptableEntrant(_ pid: Int32) {
    guard let process = latest[pid], process.isOpen, process.traits.contains(.mayEnterNamespaces),
      !process.traits.contains(.isSeenInHostNamespace)
    else { return }
    if let parent = parent(of: process, pid: pid),
      parent.traits.contains(.isSeenInHostNamespace) || isOnHost(parent)
    {
      return
    }
    adoptableEntrants[pid] = process.id
  }

  /// Marks a process whose PID namespace is the host's. Its ancestors are in it, too, because no process can return to an outer namespace.
  mutating func noteSeenInHostNamespace(_ pid: Int32) {
    var pid = pid
    while let process = latest[pid], process.isInContainer, !process.traits.contains(.isSeenInHostNamespace) {
      latest[pid]?.traits.insert(.isSeenInHostNamespace)
      adoptableEntrants[pid] = nil
      guard parent(of: process, pid: pid) != nil else { return }
      pid = currentParent(of: pid)
    }
  }

  private func parent(of process: Process, pid: Int32) -> Process? {
    guard let parent = latest[currentParent(of: pid)], parent.id != process.id,
      parent.began <= process.beganBy
    else { return nil }
    return parent
  }

  func isOnHost(_ process: Process) -> Bool {
    process.isOnHost && !process.traits.contains(.comesFromUnknown)
  }

  /// Whether the first process of a namespace may now have a child that belongs to another container. Adoptable entrants are read
  /// to find out: one that has another parent has not been adopted by this process before, because the first process outlives all others
  /// in its namespace.
  mutating func mayHaveAdoptedEntrant(_ first: Process, pid: Int32, _ lookUp: Lookup) -> Bool {
    guard !adoptableEntrants.isEmpty, first.isInContainer, first.traits.contains(.isFirstOfNamespace) else {
      return false
    }
    var reads = 0
    for (entrant, id) in adoptableEntrants {
      guard let process = latest[entrant], process.id == id, process.covers(lastEvent),
        process.owner != first.owner
      else { continue }
      let known = currentParent(of: entrant)
      if known == pid { return true }
      // The first process of another namespace has adopted it.
      if let parent = parent(of: process, pid: entrant), parent.isOpen,
        parent.traits.contains(.isFirstOfNamespace)
      {
        continue
      }
      guard reads < Self.maxEntrantReads else { return true }
      reads += 1
      let reading = lookUp(entrant, .everything)
      apply(reading, of: entrant)
      // The reading may be of the next process with its PID.
      guard latest[entrant]?.id == id else { return true }
      guard adoptableEntrants[entrant] == id else { continue }
      guard let parent = reading.parent, parent != pid, isSame(process, reading) else { return true }
    }
    return false
  }

  // MARK: Before all have been found

  /// Whether the process may have a child of another container that has not been found yet.
  func isPerhapsAdopter(_ process: Process) -> Bool {
    missingReason != nil && process.isInContainer && process.traits.contains(.isFirstOfNamespace)
  }

  /// Whether the owner is known only when all processes have been found for the first time, unless the process itself is read.
  func isDoubtful(_ process: Process) -> Bool {
    resolvedUntil == .min && process.read == .min && process.traits.contains(.isProvisional)
  }

  /// Settles provisional owners once all processes have been found. If no container is in the host's PID namespace, the children of a
  /// namespace's first process were created by it. Otherwise, children that could not be read may belong to any owner.
  mutating func settleProvisional() {
    for (pid, process) in latest where process.traits.contains(.isProvisional) {
      latest[pid] = settled(process)
      if hasNamespaceEntrants { addForeign(pid, to: currentParent(of: pid)) }
    }
    for (pid, processes) in former where processes.contains(where: { $0.traits.contains(.isProvisional) }) {
      former[pid] = processes.map(settled)
    }
  }

  private func settled(_ process: Process) -> Process {
    guard process.traits.contains(.isProvisional) else { return process }
    var process = process
    process.traits.remove(.isProvisional)
    guard hasNamespaceEntrants, process.read == .min else { return process }
    process.forgetCreator()
    return process
  }
}
