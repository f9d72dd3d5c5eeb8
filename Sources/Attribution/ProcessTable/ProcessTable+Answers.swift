extension ProcessTable {
  /// Whether /proc may show more about the process that made a record at some time within `made`, which must not end later than now: the
  /// process runs, and it is unknown or may have been moved since. If so, call `lookUp(for:)`, and then apply the events that have arrived
  /// by then, so that they show whether the lookup was too late.
  package func needsLookup(for pid: Int32, made: ClosedRange<Int64>) -> Bool {
    guard let process = latest[pid] else { return true }
    if !hasEventStream { return process.read < made.upperBound || process.began > made.upperBound }
    if process.began > made.upperBound { return false }
    if !process.covers(made.lowerBound) { return true }
    return process.isOpen && (!process.isInContainer || isDoubtful(process))
      && process.read < made.upperBound
  }

  /// Reads /proc for the process of a record.
  package mutating func lookUp(for pid: Int32, _ lookUp: Lookup) {
    cleanOwners()
    let reading = lookUp(pid, hasEventStream && latest[pid]?.isRunning == true ? .owner : .everything)
    apply(reading, of: pid)
    // If this is the first reading of the process in its container, its PID namespace is read, too.
    if hasEventStream, reading.owner?.containerID != nil, reading.namespace == nil {
      apply(lookUp(pid, .everything), of: pid)
    }
  }

  /// Whether the answer for a record is valid for all later records of its PID, until an event or a reading is applied.
  package func isSettled(_ pid: Int32, made: ClosedRange<Int64>) -> Bool {
    former[pid] == nil && (!hasEventStream || made.lowerBound > eventGaps.end)
      && latest[pid].map { $0.began <= made.lowerBound } ?? false
  }

  /// The owner of the process that made a record at some time within `made`, which must not end later than now.
  package func answer(_ pid: Int32, made: ClosedRange<Int64>) -> Answer {
    guard let process = latest[pid] ?? (refused?.pid == pid ? refused?.process : nil) else {
      return .unresolved(.exited)
    }
    var found = mayHaveMade(process, made) ? process : nil
    // Other processes had the PID before it, each until the next one began.
    if let former = former[pid], process.began >= made.lowerBound {
      var end = process.began
      for process in former.reversed() {
        if end >= made.lowerBound, mayHaveMade(process, made) {
          if let found, !haveSameOwner(found, process, made) { return .unresolved(.reused) }
          found = found ?? process
        }
        end = process.began
      }
    }
    if let found {
      return mayBeAnother(than: found, made: made) ? .unresolved(.reused) : answer(found, made: made)
    }
    guard process.began > made.upperBound else { return .unresolved(.exited) }
    // On a busy machine the clock of the records may lag for long. No event is missing, so no other process had the PID.
    let isLate = process.began - made.upperBound > Self.pidReuseGrace
    guard hasEventStream, !isLate, former[pid] == nil, made.lowerBound >= max(eventGaps.end, forgotten) else {
      return .unresolved(.reused)
    }
    return answer(process, made: process.began...max(process.began, made.upperBound))
  }

  /// Whether two processes that may have made a record have the same owner, for certain.
  private func haveSameOwner(_ one: Process, _ other: Process, _ made: ClosedRange<Int64>) -> Bool {
    for process in [one, other] {
      if case .unresolved = answer(process, made: made) { return false }
    }
    return one.owner == other.owner
  }

  private func mayHaveMade(_ process: Process, _ made: ClosedRange<Int64>) -> Bool {
    // Without events, another process may have the PID right after the end of this one.
    process.began <= made.upperBound && process.covers(hasEventStream ? made.lowerBound : made.upperBound)
  }

  /// Whether another process may have had the PID within that time, before or after this one: a process that was not reported, or that has
  /// been forgotten.
  func mayBeAnother(than process: Process, made: ClosedRange<Int64>) -> Bool {
    // A process that may have begun after the record was made is not known to have made it.
    guard hasEventStream else { return made.lowerBound < process.began + Self.startTimeTolerance }
    // A process that was found in /proc may have begun slightly later than /proc shows.
    let beganBy = process.foundBy == .min ? process.began : process.beganBy
    if made.lowerBound < beganBy, made.lowerBound <= forgotten { return true }
    return eventGaps.touch(
      from: made.lowerBound, to: min(process.began + Self.startTimeTolerance, made.upperBound))
      // If the process ended later than `unseenSince`, the next process of its PID was reported.
      || !process.isOpen && process.ended <= unseenSince
        && eventGaps.touch(from: process.ended, to: made.upperBound)
  }

  func answer(_ process: Process, made: ClosedRange<Int64>) -> Answer {
    guard let number = process.owner else {
      return inMovedParent(process)
        ?? .unresolved(process.traits.contains(.comesFromUnknown) ? .moved : .exited)
    }
    if isDoubtful(process) { return .unresolved(.moved) }
    var owner = owners[number]
    // An owner that was read after the record was made is valid for the record.
    let isCertain = process.read >= made.upperBound
    if process.isOnHost, !isCertain {
      guard hasEventStream else { return .unresolved(.exited) }
      if let answer = inMovedParent(process) { return answer }
      if mayBeMoved(process) { return .unresolved(.moved) }
      // systemd moves the processes that it starts out of its own unit.
      if number == .initScope { owner = .host(unit: nil) }
    }
    if process.read == .min { return .inherited(owner) }
    let isOver = hasEventStream ? !process.isRunning : !isCertain
    return isOver ? .exited(owner) : .owner(owner)
  }

  /// Whether the process or one of its ancestors starts containers, as far as they are known.
  func mayBeMoved(_ process: Process) -> Bool {
    var next = process
    for _ in 0..<4 {
      if next.startsContainers { return true }
      guard next.parent > 1 else { return false }
      // If the ancestor is unknown and the process was never read, the ancestor may start containers.
      guard let parent = firstParent(of: next) else { return process.read == .min }
      next = parent
    }
    return false
  }

  /// The container of the parent, if the parent was found there after the child began and the child itself could not be read.
  func inMovedParent(_ process: Process) -> Answer? {
    guard process.read == .min, process.readOnHost == .min, !process.traits.contains(.isOfMixedContainer),
      let parent = firstParent(of: process),
      // If the parent's fork was not reported, its start time is known only to a hundredth of a second.
      parent.beganBy <= process.began,
      parent.covers(process.beganBy), parent.isInContainer,
      // If the parent was read on the host after the child began, the child belongs to the host, too.
      parent.readOnHost < process.began
    else { return nil }
    // A child whose fork was not reported may have been adopted.
    let isAdopter = process.isFound && parent.traits.contains(.isFirstOfNamespace)
    if isAdopter || parent.traits.contains(.isMixedParent) { return .unresolved(.moved) }
    return parent.owner(at: process.began).map { .inherited(owners[$0]) } ?? .unresolved(.moved)
  }
}
