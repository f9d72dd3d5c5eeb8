package import ProcFS

/// What /proc says of processes.
extension ProcessTable {
  /// Takes what /proc says of a process.
  package mutating func found(_ reading: ProcessReading, of pid: Int32) {
    guard reading.owner != nil || hasEventStream && reading.threads ?? 0 > 0 else { return }
    expand(pid)
    if hasEventStream { follow(reading, of: pid) } else { remember(reading, of: pid) }
    if reading.owner?.isContainer == true { noteEntrant(pid) }
    // Without its start it may be a later process of the same PID.
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

  mutating func follow(_ reading: ProcessReading, of pid: Int32) {
    let asked = reading.asked.lowerBound
    let owner = reading.owner.map { owners.number(of: $0) }
    // Its end may have been missed since.
    guard asked >= unseenSince else { return }
    if latest[pid] == nil, asked <= forgotten {
      // Its end may have been told since, and be forgotten: what was read is of no use.
      if unseen != nil { unseenSince = max(unseenSince, reading.asked.upperBound) }
      return
    }
    if var process = latest[pid], isSame(process, reading) {
      if !process.isRunning {
        // Whether it is the same cannot be told without its start.
        guard reading.began != nil, process.ended < asked else { return }
        if process.others == nil {
          process.ended = .max
          process.isOpen = true
        } else if !process.isOpen {
          // Its threads were counted: it is over.
          return
        }
      }
      process.take(reading, owner: owner)
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
      process.take(reading, owner: owner)
      // Now, for its parents may be gone by the time that it matters.
      process.mayComeFromStarter = mayBeMoved(process)
      endUnreported(&process, by: reading)
      insert(&process, pid: pid)
    }
  }

  /// Ends a zombie whose end may never be told, for it was there before the events, or some were lost. Its parent may ask for it much
  /// later. Where its fork is still to be told, its end is, too.
  private func endUnreported(_ process: inout Process, by reading: ProcessReading) {
    guard reading.isOver, process.others == nil, process.isRunning,
      process.began + Self.startTimeTolerance < lastEvent
    else { return }
    process.ended = reading.asked.upperBound
    process.isOpen = false
  }

  /// Without events: nobody will tell its end, but no other of its PID can follow at once.
  mutating func remember(_ reading: ProcessReading, of pid: Int32) {
    let asked = reading.asked.lowerBound
    let owner = reading.owner.map { owners.number(of: $0) }
    // Where its start was not asked for, nothing is known of before.
    let began = reading.began ?? asked
    var process = Process(id: newID(), parent: 0, began: began)
    if let known = latest[pid], isSame(known, reading) {
      process = known
    } else {
      retire(pid, at: began)
    }
    process.take(reading, owner: owner)
    process.ended = max(asked, process.began + Self.pidReuseGrace)
    process.isOpen = false
    insert(&process, pid: pid)
    forget()
  }

  func isSame(_ process: Process, _ reading: ProcessReading) -> Bool {
    reading.began.map { abs(process.began - $0) <= Self.startTimeTolerance } ?? true
  }

  /// The host's processes above one that came into a container are those that start containers: the runtime's.
  mutating func noteStarters(of pid: Int32) {
    guard var child = latest[pid], child.isInContainer else { return }
    // Such as runc, its shim, the shim's starter, and the runtime. Not the machine's first process.
    for _ in 0..<4 {
      let next = child.parent
      // Its PID may be another's by now, or have been so when the child began.
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
