package import ProcFS

/// Readings of /proc.
extension ProcessTable {
  /// Applies a reading of a process.
  package mutating func apply(_ reading: ProcessReading, of pid: Int32) {
    guard reading.owner != nil || hasEventStream && reading.threads ?? 0 > 0 else { return }
    expand(pid)
    if hasEventStream { applyWithEvents(reading, of: pid) } else { applyWithoutEvents(reading, of: pid) }
    if reading.owner?.isContainer == true { noteNamespaceEntrant(pid) }
    // Without a start time, the reading may be of a later process with the same PID.
    guard reading.began != nil else { return }
    if reading.owner?.isContainer == true { noteStarters(of: pid) }
    if hasEventStream { noteSurroundings(reading, of: pid) }
  }

  /// Records the parent and the PID namespace, if the reading is of this process.
  private mutating func noteSurroundings(_ reading: ProcessReading, of pid: Int32) {
    guard let process = latest[pid], process.isOpen, isSame(process, reading),
      reading.owner == nil || process.traits.contains(.isDisputed)
        ? reading.asked.lowerBound >= unseenSince : process.readBy == reading.asked.upperBound
    else { return }
    if let namespace = reading.namespace { note(namespace, of: pid) }
    if let parent = reading.parent { noteParent(parent, of: pid) }
  }

  mutating func applyWithEvents(_ reading: ProcessReading, of pid: Int32) {
    let asked = reading.asked.lowerBound
    let owner = reading.owner.map { owners.number(of: $0) }
    // The process's end may have been missed since the reading.
    guard asked >= unseenSince else { return }
    if latest[pid] == nil, asked <= forgotten {
      // The end of the process may have been reported and forgotten since, so the reading is of no use.
      if missingReason != nil { unseenSince = max(unseenSince, reading.asked.upperBound) }
      return
    }
    if var process = latest[pid], isSame(process, reading) {
      if !process.isRunning {
        // Without a start time, it is unknown whether this is the same process.
        guard reading.began != nil, process.ended < asked else { return }
        if process.otherThreads == nil {
          process.ended = .max
          process.isOpen = true
        } else if !process.isOpen {
          // Its threads were counted, so it has ended.
          return
        }
      }
      process.apply(reading, owner: owner)
      endUnreported(&process, by: reading)
      if !process.isRunning { enqueue(&process, pid: pid) }
      latest[pid] = process
      noteStarter(process, pid: pid)
    } else {
      let began = reading.began ?? asked - Self.pidReuseGrace
      guard latest[pid].map({ $0.began < began }) ?? true else { return }
      retire(pid, at: began, upTo: max(began, min(began + Self.startTimeTolerance, reading.asked.upperBound)))
      var process = Process(id: newID(), parent: reading.parent ?? 0, began: began)
      process.foundBy = reading.asked.upperBound
      process.apply(reading, owner: owner)
      // This is determined now, because its parents may have ended when it is needed.
      process.mayComeFromStarter = mayBeMoved(process)
      endUnreported(&process, by: reading)
      insert(&process, pid: pid)
    }
  }

  /// Ends a zombie whose end may never be reported, because it existed before the events, or events were lost. Its parent may reap it much
  /// later. If its fork is still to be reported, so is its end.
  private func endUnreported(_ process: inout Process, by reading: ProcessReading) {
    guard reading.isOver, process.otherThreads == nil, process.isRunning,
      process.began + Self.startTimeTolerance < lastEvent
    else { return }
    process.ended = reading.asked.upperBound
    process.isOpen = false
  }

  /// Applies a reading without events: the end of the process will not be reported, but its PID cannot be used again at once.
  mutating func applyWithoutEvents(_ reading: ProcessReading, of pid: Int32) {
    let asked = reading.asked.lowerBound
    let owner = reading.owner.map { owners.number(of: $0) }
    // If the start time was not read, nothing is known about the time before the reading.
    let began = reading.began ?? asked
    var process = Process(id: newID(), parent: 0, began: began)
    if let known = latest[pid], isSame(known, reading) {
      process = known
    } else {
      retire(pid, at: began)
    }
    process.apply(reading, owner: owner)
    process.ended = max(asked, process.began + Self.pidReuseGrace)
    process.isOpen = false
    insert(&process, pid: pid)
    forget()
  }

  /// Whether a reading may be of this process, by its start time. A reading that had ended before the process's fork is of an earlier process
  /// with the same PID, even if that one began within the tolerance of start times.
  func isSame(_ process: Process, _ reading: ProcessReading) -> Bool {
    reading.asked.upperBound >= process.began
      && reading.began.map { abs(process.began - $0) <= Self.startTimeTolerance } ?? true
  }

  /// Marks the host processes above a process that came into a container: they start containers, because they are the runtime's.
  mutating func noteStarters(of pid: Int32) {
    guard var child = latest[pid], child.isInContainer else { return }
    // While its fork is still to be reported, so may be the fork of the next process with its parent's PID.
    guard child.foundBy == .min || child.began + Self.startTimeTolerance < max(lastEvent, unseenSince) else {
      return
    }
    // Such as runc, its shim, the shim's starter and the runtime, but not PID 1.
    for _ in 0..<4 {
      let next = child.parent
      // The PID may belong to another process by now, or may have when the child began.
      guard next > 1, let process = latest[next], process.began <= child.beganBy,
        process.covers(child.beganBy),
        !process.isInContainer
      else {
        return
      }
      child = process
      child.hasStartedContainers = true
      latest[next] = child
      noteStarter(child, pid: next)
    }
  }
}
