internal import Cgroups

/// Processes of containers in the host's PID namespace, which may enter PID namespaces of other containers.
///
/// A process that enters a namespace first creates a child there, whose parent is still in the host's namespace. Only the children of that
/// child are adopted by the first process of the namespace: when the child ends, just before its exit is reported.
// See: forget_original_parent() and do_exit() in kernel/exit.c, pidns_install() in kernel/pid_namespace.c
extension ProcessTable {
  /// The maximum number of visitors that are read for one fork.
  private static let maxVisits = 8

  /// Marks a process of a container that is in the host's PID namespace. This includes a process that has entered another namespace, which
  /// alone would not show that its children may enter any.
  mutating func noteEntrant(_ pid: Int32) {
    guard let process = latest[pid], !process.traits.contains(.isInHostNamespace),
      let container = containerID(of: process), containers[container]?.isInHostNamespace == true
    else { return }
    latest[pid]?.traits.insert(.isInHostNamespace)
    hasEntrants = true
    noteVisitor(pid)
  }

  /// Marks all known processes of a container that has turned out to be in the host's PID namespace.
  mutating func noteEntrants(of container: ContainerID) {
    let owner = owners.number(of: .container(container))
    let pids = latest.compactMap { $0.value.owner == owner ? $0.pid : nil }
    for pid in pids { noteEntrant(pid) }
    for pid in pids { noteParent(currentParent(of: pid), of: pid) }
    // The parents of processes in a crowd are not remembered.
    if crowds.contains(where: { $0.owner == owner }) { miss(.full, by: lastEvent) }
  }

  /// Remembers a process whose parent is not known to be in the host's PID namespace.
  mutating func noteVisitor(_ pid: Int32) {
    guard let process = latest[pid], process.isOpen, process.traits.contains(.isInHostNamespace),
      !process.traits.contains(.isOutside)
    else { return }
    if let parent = parent(of: process, pid: pid),
      parent.traits.contains(.isOutside) || isOnHost(parent)
    {
      return
    }
    visitors[pid] = process.id
  }

  /// Marks a process whose PID namespace is the host's. Its ancestors are in it, too, because no process can return to an outer namespace.
  mutating func noteOutside(_ pid: Int32) {
    var pid = pid
    while let process = latest[pid], process.isInContainer, !process.traits.contains(.isOutside) {
      latest[pid]?.traits.insert(.isOutside)
      visitors[pid] = nil
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

  /// Whether the first process of a namespace may now have a child that belongs to another container. Visitors are read to find out: a
  /// visitor that has another parent has not been adopted by this process before, because the first process outlives all others in its
  /// namespace.
  mutating func mayHaveAdoptedVisitor(_ first: Process, pid: Int32, _ lookUp: Lookup) -> Bool {
    guard !visitors.isEmpty, first.isInContainer, first.traits.contains(.isFirstOfNamespace) else {
      return false
    }
    var visits = 0
    for (visitor, id) in visitors {
      guard let process = latest[visitor], process.id == id, process.isOpen, process.owner != first.owner
      else { continue }
      let known = currentParent(of: visitor)
      if known == pid { return true }
      // The first process of another namespace has adopted it.
      if let parent = parent(of: process, pid: visitor), parent.isOpen,
        parent.traits.contains(.isFirstOfNamespace)
      {
        continue
      }
      guard visits < Self.maxVisits else { return true }
      visits += 1
      let reading = lookUp(visitor, true)
      found(reading, of: visitor)
      guard visitors[visitor] == id else { continue }
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
      if hasEntrants { addForeign(pid, to: currentParent(of: pid)) }
    }
    for (pid, processes) in former where processes.contains(where: { $0.traits.contains(.isProvisional) }) {
      former[pid] = processes.map(settled)
    }
  }

  private func settled(_ process: Process) -> Process {
    guard process.traits.contains(.isProvisional) else { return process }
    var process = process
    process.traits.remove(.isProvisional)
    guard hasEntrants, process.read == .min else { return process }
    process.forgetCreator()
    return process
  }
}
