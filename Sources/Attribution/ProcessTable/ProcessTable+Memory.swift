extension ProcessTable {
  mutating func insert(_ process: inout Process, pid: Int32) {
    // With as many that run, of many owners, there is no room: they are looked at when they make a record, and all anew when there is.
    if count >= maxCount, latest[pid] == nil, !forgetOne(), !moveOneIntoCrowd() {
      eventGaps.begin(at: process.began)
      miss(.full, by: process.began)
      refused = (pid, process)
      return
    }
    refused = nil
    // Now, for the queue is what room is made from.
    if !process.isRunning { enqueue(&process, pid: pid) }
    latest[pid] = process
    noteStarter(process, pid: pid)
  }

  /// The PID is another process's, which began at that time, or up to `last` if that is not known better.
  mutating func retire(_ pid: Int32, at time: Int64, upTo last: Int64? = nil) {
    guard var process = latest.removeValue(for: pid) else { return }
    if process.isOpen {
      // All its threads have ended by then.
      process.end(at: time)
      process.isOpen = false
      process.ended = last ?? time
    }
    for orphan in release(process, pid: pid) { addStray(orphan) }
    enqueue(&process, pid: pid)
    former[pid, default: []].append(process)
    formerCount += 1
    forget()
  }

  /// A process stands in the queue once, so that the queue is no longer than the table.
  mutating func enqueue(_ process: inout Process, pid: Int32) {
    guard !process.isQueued else { return }
    process.isQueued = true
    ended.append(pid, process.id)
  }

  mutating func forget() {
    while count > maxCount, forgetOne() {}
    // After a loss all may have ended, until they have been looked at.
    guard unseen != .losses else { return }
    while ended.count > maxEnded { forgetNext() }
  }

  /// Forgets those that ended before a time, for all records that they made have been read. One that may go on is not over.
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

  private func process(_ pid: Int32, _ id: Int) -> Process? {
    former[pid]?.first { $0.id == id } ?? latest[pid].flatMap { $0.id == id ? $0 : nil }
  }

  /// Forgets the one that ended first. False if none has.
  mutating func forgetOne() -> Bool {
    while ended.count > 0 {
      if forgetNext() { return true }
    }
    return false
  }

  /// Takes the next of those that ended out of the queue, and forgets it; false if it is gone, or runs again.
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
