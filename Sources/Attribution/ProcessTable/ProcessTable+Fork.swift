internal import Cgroups

/// Fork events: the owner of a new process.
extension ProcessTable {
  mutating func fork(_ pid: Int32, parent: Int32, at time: Int64, _ lookUp: Lookup) {
    expand(parent)
    if !readAhead.isEmpty { noteSuccessor(pid, at: time) }
    let creator = self.process(with: parent, at: time).flatMap { $0.covers(time) ? $0 : nil }
    // If the parent was found in /proc, and may have begun after the fork, the actual parent may be the previous process with this PID.
    let isAmbiguous = creator.map { $0.foundBy != .min && time < $0.beganBy } ?? false
    let inheritance =
      isAmbiguous
      ? Inheritance.unknown : creator.map { self.inheritance(from: $0, pid: parent, lookUp) } ?? .certain
    let owner: OwnerNumber? =
      switch inheritance {
      case .certain: creator?.owner(at: time)
      case .ofHost: .unknownUnit
      case .unknown: nil
      }
    if let owner, let creator, owner.isContainer, time <= creator.sameSince, creator.inherited != owner {
      noteReadAhead(creator, pid: parent, at: time)
    }
    var traits = traits(ofChildOf: creator, inheritance, isOwned: owner != nil)
    if isAmbiguous { traits.insert(.isOfMixedContainer) }
    if var known = latest[pid], known.isRunning, max(known.foundBy, known.readBy) >= time,
      abs(known.began - time) <= Self.startTimeTolerance
    {
      // The child was found in /proc before its fork event was applied.
      if known.read != .min {
        known.began = time
        known.parent = parent
        known.inherited = owner
        known.mayComeFromStarter = creator?.startsContainers ?? false
        known.otherThreads = 0
        known.foundBy = .min
        known.traits.formUnion(traits)
        known.forgetInit()
        if traits.contains(.isOfMixedContainer), !known.isInContainer {
          known.dispute()
        } else if let owner, owner.isContainer, known.owner != owner {
          containerID(of: known) != nil ? known.dispute() : known.assignCreationOwner(owner)
        }
        latest[pid] = known
        noteStarter(known, pid: pid)
        noteStarters(of: pid)
        if !known.traits.contains(.isInTree) { noteParent(parent, of: pid) }
        if known.traits.contains(.mayEnterNamespaces) { noteAdoptableEntrant(pid) }
        if inheritance != .certain { addForeign(pid, to: parent) }
        return
      }
      // Nothing is known of the child from /proc.
      _ = release(known, pid: pid)
      latest[pid] = nil
    } else {
      retire(pid, at: time)
    }
    var child = Process(id: newID(), parent: parent, began: time)
    child.owner = owner
    child.inherited = owner
    // The parent may still have been on the host, or it is on the host and may have children of any owner.
    child.mayComeFromHost =
      owner == nil && creator.map { $0.isInContainer == (inheritance == .certain) } ?? false
    child.hasStartedContainers = creator?.startsContainers ?? false
    child.otherThreads = 0
    child.traits = traits
    insert(&child, pid: pid)
    if creator.map(mayLeaveOrphans) ?? true { addToTree(pid, under: parent) }
    if traits.contains(.mayEnterNamespaces) { noteAdoptableEntrant(pid) }
    if !child.isInContainer { lookUpNew(child, pid: pid, of: creator, lookUp) }
    if inheritance != .certain { addForeign(pid, to: parent) }
  }

  private func traits(ofChildOf creator: Process?, _ inheritance: Inheritance, isOwned: Bool) -> Traits {
    guard let creator else { return [] }
    if inheritance == .unknown {
      return creator.isInContainer ? [.isOfMixedContainer, .comesFromUnknown] : .comesFromUnknown
    }
    guard isOwned else {
      return creator.traits.intersection([.isOfMixedContainer, .comesFromUnknown, .isDisputed])
    }
    var traits = creator.traits.intersection(.mayEnterNamespaces)
    let isProvisional = creator.read == .min && creator.traits.contains(.isProvisional)
    if isProvisional || isPerhapsAdopter(creator) { traits.insert(.isProvisional) }
    return traits
  }

  /// Reads /proc for a child that has no container from its parent.
  private mutating func lookUpNew(_ child: Process, pid: Int32, of creator: Process?, _ lookUp: Lookup) {
    if let creator, wasMadeOnHost(child, by: creator, lookUp) {
      // This counts as a reading of the child itself: if its parent is moved later, that does not concern the child.
      latest[pid]?.readOnHost = child.began
      return forgetUnit(of: child, pid: pid, unlessIn: creator)
    }
    guard !self.lookUp(at: pid, lookUp) else {
      if child.startsContainers { scheduleRecheck(at: child, pid: pid, since: child.began) }
      return
    }
    if child.parent == 1, child.isOnHost, mayHaveAdoptedUnseen(by: child.began, lookUp) {
      latest[pid]?.owner = nil
      latest[pid]?.inherited = nil
      latest[pid]?.mayComeFromHost = true
      latest[pid]?.traits.insert(.comesFromUnknown)
      return addForeign(pid, to: 1)
    }
    // The parent may have been moved before it created the child, or may not have been read yet.
    self.lookUp(at: child.parent, lookUp)
    if case .inherited(let owner) = inMovedParent(child), let parent = latest[child.parent] {
      // Until now the parent was not known, so neither was what the child can inherit.
      guard inheritance(from: parent, pid: child.parent, lookUp) == .certain else {
        latest[pid]?.traits.formUnion([.isOfMixedContainer, .comesFromUnknown])
        return addForeign(pid, to: child.parent)
      }
      let owner = owners.number(of: owner)
      latest[pid]?.owner = owner
      latest[pid]?.inherited = owner
      if isPerhapsAdopter(parent) { latest[pid]?.traits.insert(.isProvisional) }
      noteNamespaceEntrant(pid)
    } else if let creator {
      forgetUnit(of: child, pid: pid, unlessIn: creator)
    }
  }

  /// Whether the parent starts no containers and is on the host after the fork. Then it was there at the fork, and the child with it: one
  /// reading of the parent is enough for all children that it has created until then. Children of systemd are excluded, because systemd
  /// moves them into units.
  private mutating func wasMadeOnHost(_ child: Process, by creator: Process, _ lookUp: Lookup) -> Bool {
    guard child.parent > 1, !child.startsContainers, child.isOnHost, child.traits.isEmpty else {
      return false
    }
    if creator.readOnHost < child.began { self.lookUp(at: child.parent, lookUp) }
    return latest[child.parent].map { $0.id == creator.id && $0.readOnHost >= child.began } ?? false
  }

  /// Forgets the child's unit, unless the parent was in that unit before the fork and is still in it.
  private mutating func forgetUnit(of child: Process, pid: Int32, unlessIn creator: Process) {
    guard child.isOnHost, child.owner != .unknownUnit, !wasInUnit(creator, of: child) else { return }
    latest[pid]?.owner = .unknownUnit
    latest[pid]?.inherited = .unknownUnit
  }

  private func wasInUnit(_ creator: Process, of child: Process) -> Bool {
    guard creator.sameSince <= child.began || creator.inherited == child.owner,
      let parent = self.process(with: child.parent, at: child.began)
    else { return false }
    return parent.id == creator.id && parent.owner == child.owner && parent.read >= child.began
  }
}
