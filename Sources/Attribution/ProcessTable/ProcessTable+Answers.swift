package import ProcFS

extension ProcessTable {
  /// Whether /proc may know more of the process that made a record at some time within `made`, which must not end after
  /// now: it runs, and nothing is known, or it may have been moved since. If so `lookUp(for:)`, then apply the events that have
  /// come until then, so that they show whether the look came too late.
  package func needsLookup(for pid: Int32, made: ClosedRange<Int64>) -> Bool {
    guard let process = latest[pid] else { return true }
    if !hasEventStream { return process.read < made.upperBound || process.began > made.upperBound }
    if process.began > made.upperBound { return false }
    if !process.covers(made.lowerBound) { return true }
    return process.isOpen && (!process.isInContainer || isDoubtful(process))
      && process.read < made.upperBound
  }

  /// Looks for the process of a record.
  package mutating func lookUp(for pid: Int32, _ lookUp: (_ pid: Int32, _ withStart: Bool) -> ProcessReading)
  {
    cleanOwners()
    let reading = lookUp(pid, !hasEventStream || latest[pid]?.isRunning != true)
    found(reading, of: pid)
    // The first look at it in its container: its PID namespace is asked for, too.
    if hasEventStream, reading.owner?.containerID != nil, reading.namespace == nil {
      found(lookUp(pid, true), of: pid)
    }
  }

  /// Whether what is answered for a record holds for all later ones of its PID, until something is applied or found.
  package func isSettled(_ pid: Int32, made: ClosedRange<Int64>) -> Bool {
    former[pid] == nil && (!hasEventStream || made.lowerBound > eventGaps.end)
      && latest[pid].map { $0.began <= made.lowerBound } ?? false
  }

  /// Whose process made a record at some time within `made`, which must not end after now.
  package func answer(_ pid: Int32, made: ClosedRange<Int64>) -> Attribution {
    guard let process = latest[pid] ?? (refused?.pid == pid ? refused?.process : nil) else {
      return .unresolved(.exited)
    }
    var found = mayHaveMade(process, made) ? process : nil
    // Before it others had the PID, each until the next.
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
    // On a busy machine the records' clock may stand still for long. No event is missing, so nobody else had the PID.
    let isLate = process.began - made.upperBound > Self.pidReuseGrace
    guard hasEventStream, !isLate, former[pid] == nil, made.lowerBound >= max(eventGaps.end, forgotten) else {
      return .unresolved(.reused)
    }
    return answer(process, made: process.began...max(process.began, made.upperBound))
  }

  /// Whether two that may have made a record have the same owner, for certain.
  private func haveSameOwner(_ one: Process, _ other: Process, _ made: ClosedRange<Int64>) -> Bool {
    for process in [one, other] {
      if case .unresolved = answer(process, made: made) { return false }
    }
    return one.owner == other.owner
  }

  private func mayHaveMade(_ process: Process, _ made: ClosedRange<Int64>) -> Bool {
    // Without events another may follow right after its end.
    process.began <= made.upperBound && process.covers(hasEventStream ? made.lowerBound : made.upperBound)
  }

  /// Whether a process that nobody was told of, or that has been forgotten, may have had the PID before it or after, within
  /// that time.
  func mayBeAnother(than process: Process, made: ClosedRange<Int64>) -> Bool {
    // One that may have begun after the record was made is not known to have made it.
    guard hasEventStream else { return made.lowerBound < process.began + Self.startTimeTolerance }
    // One that was found in /proc began a little later than that, perhaps.
    let beganBy = process.foundBy == .min ? process.began : process.beganBy
    if made.lowerBound < beganBy, made.lowerBound <= forgotten { return true }
    return eventGaps.touch(
      from: made.lowerBound, to: min(process.began + Self.startTimeTolerance, made.upperBound))
      // Who has the PID of one that was still there when all was told again is told.
      || !process.isOpen && process.ended <= unseenSince
        && eventGaps.touch(from: process.ended, to: made.upperBound)
  }

  func answer(_ process: Process, made: ClosedRange<Int64>) -> Attribution {
    guard let number = process.owner else {
      return inMovedParent(process)
        ?? .unresolved(process.traits.contains(.comesFromUnknown) ? .moved : .exited)
    }
    if isDoubtful(process) { return .unresolved(.moved) }
    var owner = owners[number]
    // What was asked after the record was made held for it.
    let isCertain = process.read >= made.upperBound
    if process.isOnHost, !isCertain {
      guard hasEventStream else { return .unresolved(.exited) }
      if let answer = inMovedParent(process) { return answer }
      if mayBeMoved(process) { return .unresolved(.moved) }
      // systemd moves what it starts out of its own unit.
      if number == .initScope { owner = .host(unit: nil) }
    }
    if process.read == .min { return .inherited(owner) }
    let isOver = hasEventStream ? !process.isRunning : !isCertain
    return isOver ? .exited(owner) : .owner(owner)
  }

  /// Whether it comes from one that starts containers, as far as anybody can tell.
  func mayBeMoved(_ process: Process) -> Bool {
    var next = process
    for _ in 0..<4 {
      if next.startsContainers { return true }
      guard next.parent > 1 else { return false }
      // Of one that nobody has looked at all depends on where it comes from.
      guard let parent = holder(of: next.parent, at: next.beganBy) else { return process.read == .min }
      next = parent
    }
    return false
  }

  /// The container of the parent, which was found there after the child began: nobody could look at the child.
  func inMovedParent(_ process: Process) -> Attribution? {
    guard process.read == .min, process.readOnHost == .min, !process.traits.contains(.isOfMixedContainer),
      let parent = holder(of: process.parent, at: process.beganBy),
      // Of one whose fork was not seen it is known in hundredths of a second when it began.
      parent.beganBy <= process.began,
      parent.covers(process.beganBy), parent.isInContainer,
      // It was the host's when the child was there already: so is the child.
      parent.readOnHost < process.began
    else { return nil }
    // One whose fork was not seen may have been adopted.
    let isAdopter = process.isFound && parent.traits.contains(.isFirstOfNamespace)
    if isAdopter || parent.traits.contains(.isMixedParent) { return .unresolved(.moved) }
    return parent.owner(at: process.began).map { .inherited(owners[$0]) } ?? .unresolved(.moved)
  }
}
