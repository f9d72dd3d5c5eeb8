package import ProcessEvents

/// The host's processes that start containers, or may: a fork by one of them is worth an immediate lookup.
extension ProcessTable {
  /// Candidates; some have ended since, or are in a container by now.
  struct Starters: Sendable {
    /// By process ID, the numbers of their own.
    fileprivate var ids: [Int32: Int] = [:]
    /// There are others than those last returned.
    fileprivate var haveChanged = true
    /// So many are kept before those that are none any more are removed.
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

  /// The process IDs of all of them, if there are others than those last returned; nil also while that changes all the time: processes
  /// are about to be moved into containers, or are still to be found.
  package mutating func changedStarters() -> ProcessIDRanges? {
    guard starters.haveChanged, pendingRechecks.isEmpty, unseen == nil || unseen == .full else { return nil }
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
