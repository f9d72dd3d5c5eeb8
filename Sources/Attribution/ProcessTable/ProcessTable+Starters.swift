package import ProcessEvents

/// Host processes that start containers, or may. A fork by such a process is worth an immediate lookup.
extension ProcessTable {
  /// Candidates. Some have ended or moved into a container since.
  struct Starters: Sendable {
    /// The number of each process, by PID.
    fileprivate var ids: [Int32: Int] = [:]
    /// Whether the set differs from the one last returned.
    fileprivate var haveChanged = true
    /// If there are more, processes that no longer start containers are removed.
    fileprivate var limit = 1024
  }

  mutating func noteStarter(_ process: Process, pid: Int32) {
    guard process.startsContainers, hasEventStream, process.isOpen, !process.isInContainer,
      starters.ids.updateValue(process.id, forKey: pid) != process.id
    else { return }
    starters.haveChanged = true
    if starters.ids.count > starters.limit {
      removeFormerStarters()
      starters.limit = max(starters.limit, 2 * starters.ids.count)
    }
  }

  /// The PIDs of all these processes if they differ from those last returned, else nil. Also nil while they change all the time, because
  /// processes are about to be moved into containers, or are still to be found.
  package mutating func changedStarters() -> ProcessIDRanges? {
    guard starters.haveChanged, pendingRechecks.isEmpty, missingReason == nil || missingReason == .full else {
      return nil
    }
    starters.haveChanged = false
    removeFormerStarters()
    return ProcessIDRanges(of: starters.ids.keys)
  }

  private mutating func removeFormerStarters() {
    starters.ids = starters.ids.filter { pid, id in
      latest[pid].map { $0.id == id && $0.isOpen && !$0.isInContainer && $0.startsContainers } ?? false
    }
  }
}
