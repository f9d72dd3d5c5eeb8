internal import Cgroups

/// Owners that were inherited at a fork, although they were read from the parent only after it.
///
/// A reading of a process is valid for its earlier children, too, unless the process had ended and another one had its PID by then: in that
/// case the owner of the children is unknown.
extension ProcessTable {
  struct ReadAhead: Sendable {
    let id: Int
    let began: Int64
    let owner: OwnerNumber
    /// If another process has the PID before this time, the reading may be of that process.
    let readBy: Int64
  }

  /// Notes that a child forked at `time` inherits an owner that was read later.
  mutating func noteReadAhead(_ creator: Process, pid: Int32, at time: Int64) {
    guard let owner = creator.owner, readAhead[pid]?.id != creator.id else { return }
    readAhead = readAhead.filter { $0.value.readBy >= time }
    readAhead[pid] = ReadAhead(id: creator.id, began: creator.began, owner: owner, readBy: creator.sameSince)
  }

  /// Handles a new process with `pid`, which began at `time`.
  mutating func noteSuccessor(_ pid: Int32, at time: Int64) {
    guard let ahead = readAhead.removeValue(forKey: pid), time <= ahead.readBy else { return }
    forgetOwner(of: ahead, pid: pid, by: time)
  }

  /// Makes the owner unknown for all descendants of a process that have not been read themselves.
  mutating func forgetOwner(of ahead: ReadAhead, pid: Int32, by time: Int64) {
    // Some of the descendants may be in a compact set.
    if compactSets.contains(where: { $0.owner == ahead.owner }) {
      compactSets.removeAll { $0.owner == ahead.owner }
      eventGaps.begin(at: ahead.began)
      requestScan(.full, by: time)
    }
    var ids: Set<Int> = [ahead.id]
    for (heir, process) in heirs(of: ahead.owner, began: ahead.began...time) {
      let creator = firstParent(of: process)
      // A parent that has been forgotten may have been a descendant.
      guard process.parent == pid || creator.map({ ids.contains($0.id) }) ?? true else { continue }
      ids.insert(process.id)
      var process = process
      if process.read == .min { process.forgetCreator() } else { process.inherited = nil }
      if latest[heir]?.id == process.id {
        latest[heir] = process
        addOrphanOfUnknownParent(heir)
      } else if let index = former[heir]?.firstIndex(where: { $0.id == process.id }) {
        former[heir]?[index] = process
      }
    }
  }

  /// All processes that began within `began` and inherited `owner`, the oldest first.
  private func heirs(of owner: OwnerNumber, began: ClosedRange<Int64>) -> [(pid: Int32, process: Process)] {
    var heirs: [(pid: Int32, process: Process)] = []
    func note(_ pid: Int32, _ process: Process) {
      if process.inherited == owner, began ~= process.began { heirs.append((pid, process)) }
    }
    for (pid, process) in latest { note(pid, process) }
    for (pid, processes) in former { for process in processes { note(pid, process) } }
    return heirs.sorted { $0.process.began < $1.process.began }
  }
}
