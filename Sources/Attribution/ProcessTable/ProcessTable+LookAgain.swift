package import ProcFS

extension ProcessTable {
  mutating func lookSoon(at process: Process, pid: Int32, since time: Int64) {
    if soon.count < Self.mostSoon { soon.append((pid, process.id, time)) }
  }

  /// Of a process whose first thread has ended, and whose threads nobody has counted: whether it is over now.
  func close(_ process: inout Process, pid: Int32, _ look: Look) -> Bool {
    let reading = look(pid, true)
    guard reading.threads.map({ $0 <= 1 }) ?? false || !isSame(process, reading) else { return false }
    // The last one ended by now.
    process.ended = max(process.ended, reading.asked.upperBound)
    process.isOpen = false
    return true
  }

  /// Whether `lookAgain` has anything to look at.
  package var looksAgain: Bool { !soon.isEmpty }

  /// Looks at those that may have been moved into a container since they were made, and at those that are about to be over.
  /// To be called every millisecond while there are any: what a container runtime executes in a container is moved there
  /// some milliseconds after it was made and some before it executes its program, which may end at once.
  package mutating func lookAgain(at now: Int64, look: (_ pid: Int32, _ withStart: Bool) -> ProcessReading) {
    for (pid, id, since) in soon where now - since >= Self.soonTime || !remains(pid, id, look) {
      soon.removeAll { $0.id == id }
    }
  }

  /// Looks at a process; whether to do so again.
  mutating func remains(_ pid: Int32, _ id: Int, _ look: Look) -> Bool {
    guard var process = latest[pid], process.id == id else { return false }
    if process.isRunning {
      return !process.isInContainer && self.look(at: pid, look) && latest[pid]?.isInContainer != true
    }
    guard process.isOpen, process.others == nil, close(&process, pid: pid, look) else {
      return process.isOpen
    }
    latest[pid] = process
    end(process, pid: pid, look)
    return false
  }
}
