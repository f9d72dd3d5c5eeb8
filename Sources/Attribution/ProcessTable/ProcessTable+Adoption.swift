/// Children of one owner whose parent is another owner's process.
///
/// A fork event names the child's parent, which is not the process that made it where that used CLONE_PARENT: then it is that one's own
/// parent. An orphan's parent is a process that has adopted it, perhaps one of another container. So a child inherits only from
/// a parent all children of which have its owner.
///
/// Exits are reported, adoptions are not: /proc is asked for each orphan's new parent. Orphans of a container with a PID namespace
/// of its own stay within it and need no attention: followed are those of the host and of containers in the host's PID namespace,
/// which may enter any other. Containers that share a PID namespace are known by their processes' PIDs in it.
// See: find_new_reaper() and forget_original_parent() in kernel/exit.c
extension ProcessTable {
  /// What is known of the children of one process that are not all of its owner.
  struct MixedParent: Sendable {
    let id: Int
    /// Those that were seen to have another owner, or of which none is known.
    var children: [(pid: Int32, id: Int)] = []
    /// There were more of them than are remembered.
    var hasMoreForeign = false
    /// There were more of them, all of the host as their parent is.
    var hasMoreOfHost = false
    /// Another container of its pod may be in its PID namespace; when that was last seen to run.
    var isShared = false
    var checked: Int64 = 0

    /// How many children are remembered of a process.
    static let maxChildren = 64
    /// How long a container that shares the namespace counts as running before it is checked again, in nanoseconds.
    static let recheck: Int64 = 1_000_000_000
  }

  /// What is known of a container's PID namespace.
  struct ContainerNamespace: Sendable {
    let pod: Int
    /// The first process of its own namespace; nil if it has none, and is in another container's.
    var first: (pid: Int32, id: Int)?
    /// A process of it was seen in the host's namespace.
    var isInHostNamespace = false
    /// A process of it was seen in another namespace than the host's.
    var isNested = false

    var mayShare: Bool { isNested && first == nil }
  }

  /// What a child can inherit, as far as its parent is known.
  enum Heritage {
    /// Its parent's owner's.
    case certain
    /// The host's, of any unit.
    case ofHost
    /// Anyone's.
    case unknown
  }

  // MARK: At a fork

  mutating func heritage(from parent: Process, pid: Int32, _ lookUp: Lookup) -> Heritage {
    if mayHaveAdopted(parent, pid: pid) || mayHaveAdoptedVisitor(parent, pid: pid, lookUp) { return .unknown }
    guard parent.traits.contains(.isMixedParent), var mixed = mixedParents[pid], mixed.id == parent.id else {
      return .certain
    }
    // Its children count as ended until they have been found again.
    if unseen == .losses { return .unknown }
    mixed.children.removeAll { child in
      latest[child.pid].map { $0.id != child.id || !$0.isOpen || $0.owner == parent.owner } ?? true
    }
    if mixed.isShared, lastEvent - mixed.checked > MixedParent.recheck {
      mixed.isShared = sharesItsNamespace(parent)
      mixed.checked = lastEvent
    }
    // Moved into its container after this fork, it may have made all of them on the host: nothing is inherited from it in any case.
    let isMoved = parent.mayHaveBeenMoved(after: lastEvent)
    let isForeign =
      mixed.isShared || mixed.hasMoreForeign
      || mixed.children.contains { child in
        guard let child = latest[child.pid] else { return false }
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

  /// Whether it may be the parent of an orphan that ended before its new parent was read, or of any that was not followed.
  private func mayHaveAdopted(_ parent: Process, pid: Int32) -> Bool {
    guard pid == 1 || parent.traits.contains(.isFirstOfNamespace) else { return false }
    if unseen == .start && pid == 1 || unseen == .full || unseen == .losses && (pid == 1 || hasEntrants) {
      return true
    }
    return strays.contains { pid, id in
      guard let stray = latest[pid], stray.id == id, stray.owner != parent.owner else { return false }
      return !parent.isInContainer || stray.traits.contains(.isInHostNamespace)
    }
  }

  func isOfHost(_ child: Process?, and parent: Process) -> Bool {
    guard let child, child.isOnHost, parent.isOnHost else { return false }
    // An orphan of what starts containers that was never read may be in one, and make its siblings there.
    return parent.startsContainers || !child.startsContainers || child.read != .min
  }

  /// Adds a child that may not be its parent's owner's.
  mutating func addForeign(_ pid: Int32, to parentPID: Int32) {
    guard let child = latest[pid], let parent = latest[parentPID], parent.isOpen, child.id != parent.id,
      child.owner != parent.owner
    else { return }
    var mixed = mixedParents[parentPID] ?? MixedParent(id: parent.id)
    if mixed.id != parent.id { mixed = MixedParent(id: parent.id) }
    guard !mixed.children.contains(where: { $0.id == child.id }) else { return }
    if mixed.children.count >= MixedParent.maxChildren {
      mixed.children.removeAll { child in
        latest[child.pid].map { $0.id != child.id || !$0.isOpen } ?? true
      }
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

  /// A process is over: its children have been adopted.
  mutating func end(_ process: Process, pid: Int32, _ lookUp: Lookup) {
    followOrphans(release(process, pid: pid), lookUp)
  }

  /// The exit of a process was reported that is not known to have run: it was not found again since events were lost.
  mutating func endUnknown(_ pid: Int32, _ lookUp: Lookup) { followOrphans(tree.remove(pid), lookUp) }

  private mutating func followOrphans(_ orphans: [Int32], _ lookUp: Lookup) {
    for orphan in orphans {
      guard let child = latest[orphan], child.isOpen else { continue }
      let reading = lookUp(orphan, true)
      if reading.parent != nil, isSame(child, reading) {
        found(reading, of: orphan)
      } else {
        addStray(orphan)
      }
    }
  }

  /// Removes a process that is over from all that is kept of parents and children. Returns the PIDs of its children.
  mutating func release(_ process: Process, pid: Int32) -> [Int32] {
    if process.traits.contains(.isMixedParent) { mixedParents[pid] = nil }
    if process.traits.contains(.isStray) { strays[pid] = nil }
    if process.traits.contains(.isInHostNamespace) { visitors[pid] = nil }
    return process.traits.contains(.isInTree) || mayLeaveOrphans(process) ? tree.remove(pid) : []
  }

  /// Remembers an orphan until its end, as its new parent is unknown. The host's own are left out: they count as the host's
  /// whoever adopts them, unless they have entered a container's PID namespace.
  mutating func addStray(_ pid: Int32) {
    guard let child = latest[pid], child.isOpen,
      child.isInContainer || child.traits.contains(.comesFromUnknown)
    else { return }
    strays[pid] = child.id
    latest[pid]?.traits.insert(.isStray)
  }

  // MARK: What /proc says

  /// Records a process's present parent.
  mutating func noteParent(_ parent: Int32, of pid: Int32) {
    guard parent > 0, let child = latest[pid], child.isOpen else { return }
    guard let known = latest[parent] else { return addToTree(pid, under: parent) }
    let leavesOrphans = mayLeaveOrphans(known) || child.traits.contains(.isInTree)
    // All ancestors and all that adopt are older. What was read before the parent ended may be applied after that, or the parent has
    // not been found yet.
    guard known.began <= child.beganBy, known.isOpen else {
      addToTree(pid, under: parent)
      if leavesOrphans { addStray(pid) }
      return
    }
    if leavesOrphans { addToTree(pid, under: parent) }
    if child.traits.contains(.isStray) {
      strays[pid] = nil
      latest[pid]?.traits.remove(.isStray)
    }
    // What a scan finds is compared at its end, and what was found before its fork was reported, at that fork.
    if child.others != nil || unseen == nil && child.began + Self.startTimeTolerance < lastEvent {
      noteForeign(pid, under: parent)
    }
  }

  /// One that starts containers has children in them; systemd has children in all units, none of which is taken to be in its own.
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
