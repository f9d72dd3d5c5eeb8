/// Owners of processes that were not followed from their fork on.
extension ProcessTable {
  /// Gives processes whose forks were not reported the owners that following them would have given: a process that was made in a
  /// container belongs to it, whatever its own cgroup is by now. To be called when all processes have been found.
  mutating func resolveAncestry() {
    var resolved: Set<Int32> = []
    for pid in latest.pids {
      // Up to an ancestor that is resolved or has no known parent, then down again.
      var line: [Int32] = []
      var next = pid
      while let process = latest[next], resolved.insert(next).inserted {
        line.append(next)
        next = ancestor(of: process, pid: next)
      }
      for pid in line.reversed() { resolve(pid) }
    }
    for pid in latest.pids { noteEntrant(pid) }
    visitors = [:]
    for pid in latest.pids { noteVisitor(pid) }
    for pid in latest.pids {
      let parent = currentParent(of: pid)
      noteParent(parent, of: pid)
      noteForeign(pid, under: parent)
    }
    hasEntrants = latest.values.contains { $0.isOpen && $0.traits.contains(.isInHostNamespace) }
    settleProvisional()
    let pruned = tree.prune { [latest] pid, parent in
      latest[pid] != nil && latest[parent].map(\.mayLeaveOrphans) ?? false
    }
    for pid in pruned { latest[pid]?.traits.remove(.isInTree) }
  }

  func currentParent(of pid: Int32) -> Int32 { tree.parent(of: pid) ?? latest[pid]?.parent ?? 0 }

  /// The parent that a process was made by if its fork was reported, else the one that it has now.
  private func ancestor(of process: Process, pid: Int32) -> Int32 {
    process.isFound ? currentParent(of: pid) : process.parent
  }

  /// Whether it may owe its owner to its cgroup alone, or to a parent of which that is so.
  private func isUnfollowed(_ process: Process) -> Bool {
    guard !process.traits.contains(.comesFromUnknown) else { return false }
    if process.isFound { return process.read != .min && process.foundBy > resolvedUntil }
    return !process.isInContainer || process.inherited == nil
  }

  private mutating func resolve(_ pid: Int32) {
    guard let process = latest[pid], isUnfollowed(process),
      let parent = holder(of: ancestor(of: process, pid: pid), at: process.beganBy), parent.id != process.id,
      parent.covers(process.began), let owner = parent.owner(at: process.began),
      owner.isContainer
    else { return }
    // A container of another runtime within this one counts as a part of it.
    let own = containerID(of: process)
    guard process.owner != owner else { return }
    if parent.traits.contains(.isMixedParent) {
      if own == nil { latest[pid]?.dispute() }
      return
    }
    guard let own, parent.traits.contains(.isFirstOfNamespace) else {
      latest[pid]?.adopt(owner)
      return
    }
    // It may be an orphan that was made in its own container, and has entered the other's PID namespace. Else it was moved from one
    // into the other, or nothing shows any more that it was not.
    if containers[own]?.isInHostNamespace != true { latest[pid]?.dispute() }
  }
}
