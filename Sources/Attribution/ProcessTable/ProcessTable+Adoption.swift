/// Children whose owner is not their parent's.
///
/// A fork event reports the child's parent, which need not be the process that created it: with CLONE_PARENT it is the creator's own
/// parent. An orphan's parent is the process that adopted it, which may belong to another container. So a child inherits its parent's owner
/// only if all children of that parent have that owner.
///
/// Exits are reported, adoptions are not, so /proc is read for each orphan's new parent. Orphans of a container with its own PID namespace
/// stay in it and need no attention. The table follows orphans of the host and of containers in the host's PID namespace, which may enter
/// any other namespace. Containers that share a PID namespace are recognized by their processes' PIDs in it.
// See: find_new_reaper() and forget_original_parent() in kernel/exit.c
extension ProcessTable {
  /// What is known of the children of one process, if they do not all have its owner.
  struct MixedParent: Sendable {
    let id: Int
    /// Children that have another owner, or whose owner is unknown.
    var children: [(pid: Int32, id: Int)] = []
    /// Whether there were more such children than are remembered.
    var hasMoreForeign = false
    /// Whether there were more, all of which belong to the host, as their parent does.
    var hasMoreOfHost = false
    /// Whether another container of the pod may be in its PID namespace; `checked` is when that container was last seen running.
    var isShared = false
    var checked: Int64 = 0

    /// The maximum number of children that are remembered for one process.
    static let maxChildren = 64
    /// How long a container that shares the namespace is assumed to run before that is checked again, in nanoseconds.
    static let recheck: Int64 = 1_000_000_000
  }

  /// What is known of a container's PID namespace.
  struct ContainerNamespace: Sendable {
    let pod: Int
    /// The first process of the container's own namespace; nil if it has none, because it is in another container's.
    var first: (pid: Int32, id: Int)?
    /// Whether a process of the container was seen in the host's PID namespace.
    var isInHostNamespace = false
    /// Whether a process of the container was seen in a PID namespace other than the host's.
    var isNested = false

    var mayShare: Bool { isNested && first == nil }
  }

  /// What a child can inherit from its parent, as far as the parent is known.
  enum Inheritance {
    /// Its parent's owner.
    case certain
    /// The host, with an unknown unit.
    case ofHost
    /// Nothing: its owner may be any.
    case unknown
  }

  // MARK: At a fork

  mutating func inheritance(from parent: Process, pid: Int32, _ lookUp: Lookup) -> Inheritance {
    if mayHaveAdopted(parent, pid: pid) || mayHaveAdoptedEntrant(parent, pid: pid, lookUp) { return .unknown }
    guard parent.traits.contains(.isMixedParent) else { return .certain }
    // A reading may have shown the parent's end before this fork's event was applied. Its children are remembered no more.
    guard var mixed = mixedParents[pid], mixed.id == parent.id else { return .unknown }
    // After a loss, its children count as ended until they have been found again.
    if missingReason == .losses { return .unknown }
    mixed.children.removeAll { child in
      hasEnded(child.pid, child.id) || process(child.pid, child.id)?.owner == parent.owner
    }
    if mixed.isShared, lastEvent - mixed.checked > MixedParent.recheck {
      mixed.isShared = sharesItsNamespace(parent)
      mixed.checked = lastEvent
    }
    // If the parent was moved into its container after this fork, it may have created all these children on the host. In that case nothing
    // is inherited from it anyway.
    let isMoved = parent.mayHaveBeenMoved(after: lastEvent)
    let isForeign =
      mixed.isShared || mixed.hasMoreForeign
      || mixed.children.contains { child in
        guard let child = process(child.pid, child.id) else { return true }
        guard isMoved else { return !isOfHost(child, and: parent) }
        return !isOnHost(child) && !(child.isInContainer && parent.startsContainers)
      }
    let isMixed = isForeign || mixed.hasMoreOfHost || !mixed.children.isEmpty
    mixedParents[pid] = isMixed ? mixed : nil
    if !isMixed { latest[pid]?.traits.remove(.isMixedParent) }
    if isForeign { return .unknown }
    if !isMixed || isMoved { return .certain }
    return parent.isInContainer ? .unknown : .ofHost
  }

  /// Whether a process may have adopted an orphan that ended before its new parent was read, or an orphan that was not followed.
  private func mayHaveAdopted(_ parent: Process, pid: Int32) -> Bool {
    guard pid == 1 || parent.traits.contains(.isFirstOfNamespace) else { return false }
    if missingReason == .start && pid == 1 || missingReason == .full
      || missingReason == .losses && (pid == 1 || hasNamespaceEntrants)
    {
      return true
    }
    if orphansReadUntil >= lastEvent { return true }
    return orphansOfUnknownParent.contains { pid, id in
      guard let orphan = latest[pid], orphan.id == id, orphan.owner != parent.owner else { return false }
      return !parent.isInContainer || orphan.traits.contains(.mayEnterNamespaces)
    }
  }

  /// Whether a process had ended before the last event. A reading may have shown its end, or the next process with its PID, before that
  /// event was applied.
  private func hasEnded(_ pid: Int32, _ id: Int) -> Bool {
    process(pid, id).map { !$0.covers(lastEvent) } ?? (forgotten < lastEvent)
  }

  func isOfHost(_ child: Process?, and parent: Process) -> Bool {
    guard let child, child.isOnHost, parent.isOnHost else { return false }
    // An orphan of a process that starts containers may be in a container if it was never read, and may create its siblings there.
    return parent.startsContainers || !child.startsContainers || child.read != .min
  }

  /// Records a child that may have another owner than its parent.
  mutating func addForeign(_ pid: Int32, to parentPID: Int32) {
    guard let child = latest[pid], let parent = latest[parentPID], parent.isOpen, child.id != parent.id,
      child.owner != parent.owner
    else { return }
    var mixed = mixedParents[parentPID] ?? MixedParent(id: parent.id)
    if mixed.id != parent.id { mixed = MixedParent(id: parent.id) }
    guard !mixed.children.contains(where: { $0.id == child.id }) else { return }
    if mixed.children.count >= MixedParent.maxChildren {
      mixed.children.removeAll { hasEnded($0.pid, $0.id) }
    }
    if mixed.children.count < MixedParent.maxChildren {
      mixed.children.append((pid, child.id))
    } else if isOfHost(child, and: parent) {
      mixed.hasMoreOfHost = true
    } else {
      mixed.hasMoreForeign = true
    }
    mixedParents[parentPID] = mixed
    latest[parentPID]?.traits.insert(.isMixedParent)
  }

  // MARK: At an exit

  /// Handles the end of a process, whose children have been adopted by then.
  mutating func end(_ process: Process, pid: Int32, _ lookUp: Lookup) {
    followOrphans(release(process, pid: pid), lookUp)
  }

  /// Handles the exit of a process that was not known to run, because it was not found again since events were lost.
  mutating func endUnknown(_ pid: Int32, _ lookUp: Lookup) { followOrphans(tree.remove(pid), lookUp) }

  private mutating func followOrphans(_ orphans: [Int32], _ lookUp: Lookup) {
    for orphan in orphans {
      guard let child = latest[orphan], child.isOpen else { continue }
      let reading = lookUp(orphan, .everything)
      if reading.parent != nil, isSame(child, reading) {
        apply(reading, of: orphan)
      } else {
        addOrphanOfUnknownParent(orphan)
      }
    }
  }

  /// Removes a process that has ended from all that is kept of parents and children. Returns the PIDs of its children.
  mutating func release(_ process: Process, pid: Int32) -> [Int32] {
    if process.traits.contains(.isMixedParent) { mixedParents[pid] = nil }
    if process.traits.contains(.isOrphanOfUnknownParent) {
      orphansOfUnknownParent[pid] = nil
      noteEndOfOrphan(process)
    }
    if process.traits.contains(.mayEnterNamespaces), adoptableEntrants.removeValue(for: pid) != nil {
      noteEndOfOrphan(process)
    }
    return process.traits.contains(.isInTree) || mayLeaveOrphans(process) ? tree.remove(pid) : []
  }

  private mutating func noteEndOfOrphan(_ process: Process) {
    if !process.isRunning, process.ended > lastEvent {
      orphansReadUntil = max(orphansReadUntil, process.ended)
    }
  }

  /// Remembers an orphan until its end, because its new parent is unknown. Orphans of the host are not remembered, because they count as
  /// the host's whoever adopts them, unless they have entered a container's PID namespace.
  mutating func addOrphanOfUnknownParent(_ pid: Int32) {
    guard let child = latest[pid], child.isOpen,
      child.isInContainer || child.traits.contains(.comesFromUnknown)
    else { return }
    orphansOfUnknownParent[pid] = child.id
    latest[pid]?.traits.insert(.isOrphanOfUnknownParent)
  }

  // MARK: What /proc says

  /// Records a process's current parent.
  mutating func noteParent(_ parent: Int32, of pid: Int32) {
    guard parent > 0, let child = latest[pid], child.isOpen else { return }
    guard let known = latest[parent] else { return addToTree(pid, under: parent) }
    let leavesOrphans = mayLeaveOrphans(known) || child.traits.contains(.isInTree)
    // A parent is older than its child, also after an adoption. If this one is not, or if it has ended, the reading was made before the
    // parent's end, or the actual parent has not been found yet.
    guard known.began <= child.beganBy, known.isOpen else {
      addToTree(pid, under: parent)
      if leavesOrphans { addOrphanOfUnknownParent(pid) }
      return
    }
    if leavesOrphans { addToTree(pid, under: parent) }
    if child.traits.contains(.isOrphanOfUnknownParent) {
      orphansOfUnknownParent[pid] = nil
      latest[pid]?.traits.remove(.isOrphanOfUnknownParent)
    }
    // A process that a scan finds is compared with its parent at the end of the scan. A process that was found before its fork was reported
    // is compared at that fork.
    if child.otherThreads != nil || missingReason == nil && child.began + Self.startTimeTolerance < lastEvent
    {
      noteForeign(pid, under: parent)
    }
  }

  /// Records a child whose owner is not its parent's. Two kinds are expected and left out: children in containers of a process that starts
  /// containers, and host processes started by systemd, which has children in all units and is assumed to have none in its own.
  mutating func noteForeign(_ pid: Int32, under parentPID: Int32) {
    guard let child = latest[pid], let parent = latest[parentPID], parent.began <= child.beganBy,
      parent.isOpen,
      child.isOpen, child.owner != nil || child.traits.contains(.comesFromUnknown),
      child.owner != parent.owner
    else { return }
    if child.isInContainer, !parent.isInContainer, parent.startsContainers { return }
    if isOfHost(child, and: parent), parent.owner == .initScope { return }
    addForeign(pid, to: parentPID)
  }

  mutating func addToTree(_ pid: Int32, under parent: Int32) {
    guard let child = latest[pid], child.isOpen, tree.count / 2 < maxCount else { return }
    if !child.isOnHost || child.startsContainers { adoptionsSeenUntil = .min }
    tree.move(pid, under: parent)
    latest[pid]?.traits.insert(.isInTree)
  }
}
