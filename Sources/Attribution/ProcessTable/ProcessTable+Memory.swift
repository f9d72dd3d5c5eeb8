extension ProcessTable {
  mutating func insert(_ process: inout Process, pid: Int32) {
    // The table is full of running processes of many owners. Until there is space, /proc is read for each record of this process; then all
    // processes are read again.
    if count >= maxCount, latest[pid] == nil, !forgetOne(), !moveOneIntoCompactSet() {
      eventGaps.begin(at: process.began)
      requestScan(.full, by: process.began)
      refused = (pid, process)
      return
    }
    refused = nil
    // This is done now, because space is freed from the queue.
    if !process.isRunning { enqueue(&process, pid: pid) }
    latest[pid] = process
    noteStarter(process, pid: pid)
  }

  /// Replaces a PID's process by the next one, which began at `time`, or by `last` if the exact time is unknown.
  mutating func retire(_ pid: Int32, at time: Int64, upTo last: Int64? = nil) {
    guard var process = latest.removeValue(for: pid) else { return }
    if process.isOpen {
      // All its threads have ended by then.
      process.end(at: time)
      process.isOpen = false
      process.ended = last ?? time
    }
    for orphan in release(process, pid: pid) { addOrphanOfUnknownParent(orphan) }
    enqueue(&process, pid: pid)
    former[pid, default: []].append(process)
    formerCount += 1
    forget()
  }

  /// Adds a process to the queue, unless it is in there: so the queue is never longer than the table.
  mutating func enqueue(_ process: inout Process, pid: Int32) {
    guard !process.isQueued else { return }
    process.isQueued = true
    ended.append(pid, process.id)
  }

  mutating func forget() {
    while count > maxCount, forgetOne() {}
    // After a loss any process may have ended, until it has been read.
    guard missingReason != .losses else { return }
    while ended.count > maxEnded { forgetNext() }
  }

  /// Forgets processes that ended before `time`, because all records that they made have been read. Processes that may still run are kept.
  package mutating func forget(endedBefore time: Int64) {
    for _ in 0..<ended.count {
      guard let (pid, id) = ended.next else { return }
      if let process = process(pid, id), !process.isRunning {
        guard process.ended < time else { return }
        if process.isOpen {
          _ = ended.popFirst()
          ended.append(pid, id)
          continue
        }
      }
      forgetNext()
    }
  }

  func process(_ pid: Int32, _ id: Int) -> Process? {
    if let process = latest[pid], process.id == id { return process }
    return former[pid]?.first { $0.id == id }
  }

  /// Forgets the process that ended first. Returns false if no process has ended.
  mutating func forgetOne() -> Bool {
    while ended.count > 0 {
      if forgetNext() { return true }
    }
    return false
  }

  /// Removes the first process from the queue and forgets it. Returns false if the process is gone or runs again.
  @discardableResult
  private mutating func forgetNext() -> Bool {
    guard let (pid, id) = ended.popFirst() else { return false }
    if let index = former[pid]?.firstIndex(where: { $0.id == id }) {
      if let process = former[pid]?.remove(at: index) { forgotten = max(forgotten, process.ended) }
      if former[pid]?.isEmpty == true { former[pid] = nil }
      formerCount -= 1
      return true
    }
    guard let process = latest[pid], process.id == id else { return false }
    guard !process.isRunning else {
      latest[pid]?.isQueued = false
      return false
    }
    _ = release(process, pid: pid)
    latest[pid] = nil
    forgotten = max(forgotten, process.ended)
    return true
  }
}
