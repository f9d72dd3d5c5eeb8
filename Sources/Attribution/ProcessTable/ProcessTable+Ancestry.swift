/// Owners of processes whose forks were not reported.
extension ProcessTable {
  /// Gives these processes the owners that they would have if their forks had been reported: a process that was created in a container
  /// belongs to that container, whatever its cgroup is now. Call this when all processes have been found.
  mutating func resolveAncestry() {
    // A process whose fork was reported may have been adopted before its new parent was found. That parent's children need not all be its
    // own, so it must be known as a mixed parent before they are given its owner.
    for pid in latest.pids {
      guard let process = latest[pid], !process.isFound, let parent = tree.parent(of: pid),
        parent != process.parent
      else { continue }
      noteForeign(pid, under: parent)
    }
    var resolved: Set<Int32> = []
    for pid in latest.pids {
      // Collects the ancestors up to one that is resolved or has no known parent, and resolves them from the oldest to the youngest.
      var line: [Int32] = []
      var next = pid
      while let process = latest[next], resolved.insert(next).inserted {
        line.append(next)
        next = process.isFound ? currentParent(of: next) : process.parent
      }
      for pid in line.reversed() { resolve(pid) }
    }
    for pid in latest.pids {
      noteNamespaceEntrant(pid)
      noteStarters(of: pid)
    }
    adoptableEntrants = ProcessIDMap()
    for pid in latest.pids { noteAdoptableEntrant(pid) }
    for pid in latest.pids {
      let parent = currentParent(of: pid)
      noteParent(parent, of: pid)
      noteForeign(pid, under: parent)
    }
    hasNamespaceEntrants = latest.values.contains { $0.isOpen && $0.traits.contains(.mayEnterNamespaces) }
    settleProvisional()
    let pruned = tree.prune { [latest] pid, parent in
      latest[pid] != nil && latest[parent].map(\.mayLeaveOrphans) ?? false
    }
    for pid in pruned { latest[pid]?.traits.remove(.isInTree) }
  }

  func currentParent(of pid: Int32) -> Int32 { tree.parent(of: pid) ?? latest[pid]?.parent ?? 0 }

  /// The parent at the fork if that was reported, else the parent that /proc showed when it showed the process first. Another process may
  /// have the parent's PID since.
  func firstParent(of process: Process) -> Process? {
    let time = process.foundBy == .min ? process.began : process.foundBy
    guard let parent = self.process(with: process.parent, at: time), parent.id != process.id,
      parent.began <= process.beganBy
    else { return nil }
    return parent
  }

  /// The parent at the fork if that was reported, else the current parent.
  private func ancestor(of process: Process, pid: Int32) -> Process? {
    guard process.isFound, let parent = tree.parent(of: pid), parent != process.parent else {
      return firstParent(of: process)
    }
    return self.process(with: parent, at: process.beganBy).flatMap { $0.id == process.id ? nil : $0 }
  }

  /// Whether the owner may be known only from the process's cgroup, or from a parent for which that is so.
  private func isUnfollowed(_ process: Process) -> Bool {
    guard !process.traits.contains(.comesFromUnknown) else { return false }
    if process.isFound { return process.read != .min && process.foundBy > resolvedUntil }
    return !process.isInContainer || process.inherited == nil
  }

  private mutating func resolve(_ pid: Int32) {
    guard let process = latest[pid], isUnfollowed(process),
      let parent = ancestor(of: process, pid: pid),
      parent.covers(process.began), let owner = parent.owner(at: process.began),
      owner.isContainer
    else { return }
    // A container of another runtime within this container counts as part of it.
    let own = containerID(of: process)
    guard process.owner != owner else { return }
    // If it had ended when /proc showed it as the parent, the parent is a later process with its PID that was not reported.
    if parent.traits.contains(.isMixedParent) || !parent.covers(process.foundBy) {
      if process.owner == nil { latest[pid]?.forgetCreator() } else if own == nil { latest[pid]?.dispute() }
      return
    }
    guard let own, parent.traits.contains(.isFirstOfNamespace) else {
      latest[pid]?.assignCreationOwner(owner)
      return
    }
    // The process may be an orphan that was created in its own container and has entered the other one's PID namespace. Otherwise it was
    // moved from one container into the other, or that can no longer be ruled out.
    if containers[own]?.isInHostNamespace != true { latest[pid]?.dispute() }
  }
}
