package import ProcFS

extension ProcessTable {
  mutating func scheduleRecheck(at process: Process, pid: Int32, since time: Int64) {
    if pendingRechecks.count < Self.maxPendingRechecks { pendingRechecks.append((pid, process.id, time)) }
  }

  /// Whether a process has ended whose first thread has ended and whose threads were not counted.
  func close(_ process: inout Process, pid: Int32, _ lookUp: Lookup) -> Bool {
    let reading = lookUp(pid, .everything)
    guard reading.threads.map({ $0 <= 1 }) ?? false || !isSame(process, reading) else { return false }
    // The last thread has ended by now.
    process.ended = max(process.ended, reading.asked.upperBound)
    process.isOpen = false
    return true
  }

  /// Whether there are processes for `recheck` to read.
  package var hasPendingRechecks: Bool { !pendingRechecks.isEmpty }

  /// Reads processes that may have been moved into a container since their fork, and processes that are about to end. Call this every
  /// millisecond while there are any: a process that a container runtime executes in a container is moved there some milliseconds after its
  /// fork and some milliseconds before it executes its program, which may end at once.
  package mutating func recheck(
    at now: Int64, lookUp: (_ pid: Int32, _ scope: ProcessReading.Scope) -> ProcessReading
  ) {
    for (pid, id, since) in pendingRechecks where now - since >= Self.recheckTime || !remains(pid, id, lookUp)
    {
      pendingRechecks.removeAll { $0.id == id }
    }
  }

  /// Reads a process. Returns whether it must be read again.
  mutating func remains(_ pid: Int32, _ id: Int, _ lookUp: Lookup) -> Bool {
    guard var process = latest[pid], process.id == id else { return false }
    if process.isRunning {
      return !process.isInContainer && self.lookUp(at: pid, lookUp) && latest[pid]?.isInContainer != true
    }
    guard process.isOpen, process.otherThreads == nil, close(&process, pid: pid, lookUp) else {
      return process.isOpen
    }
    latest[pid] = process
    end(process, pid: pid, lookUp)
    return false
  }
}
