extension ProcessTable {
  mutating func insert(_ process: Process, pid: Int32) {
    // With as many that run there is no room: they are looked at when they make a record, and all anew when there is.
    if latest[pid] == nil, count >= most, !forgetOne() {
      untold.begin(at: process.began)
      miss(.full, by: process.began)
      refused = (pid, process)
      return
    }
    refused = nil
    latest[pid] = process
  }

  /// The PID is another process's from then on.
  mutating func retire(_ pid: Int32, at time: Int64) {
    guard var process = latest.removeValue(forKey: pid) else { return }
    if process.isRunning { process.end(at: time) }
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
    while count > most, forgetOne() {}
  }

  /// Forgets the one that ended first. False if none has.
  mutating func forgetOne() -> Bool {
    while let (pid, id) = ended.popFirst() {
      if let index = former[pid]?.firstIndex(where: { $0.id == id }) {
        if let process = former[pid]?.remove(at: index) { forgotten = max(forgotten, process.ended) }
        if former[pid]?.isEmpty == true { former[pid] = nil }
        formerCount -= 1
        return true
      }
      guard let process = latest[pid], process.id == id else { continue }
      if process.isRunning {
        latest[pid]?.isQueued = false
      } else {
        latest[pid] = nil
        forgotten = max(forgotten, process.ended)
        return true
      }
    }
    return false
  }
}
