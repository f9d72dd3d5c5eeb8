/// Events that are missing.
extension ProcessTable {
  /// Events were lost after `time`, and are not any more: what was known then may be over.
  package mutating func lost(after time: Int64, by now: Int64) {
    eventGaps.begin(at: time)
    // What is told from now on does not tell of all that run.
    hasReceivedEvent = true
    miss(.losses, by: now)
    // All that are known may have ended, so there is room.
    refused = nil
    forgetCrowds()
    for (pid, ahead) in readAhead where ahead.readBy > time { forgetOwner(of: ahead, pid: pid, by: now) }
    readAhead = [:]
    tree = ProcessTree()
    strays = [:]
    visitors = [:]
    for (pid, var process) in latest where process.isUncertain(after: time) {
      process.traits.subtract([.isInTree, .isStray])
      if resolvedUntil > time { process.forgetAncestry(after: time) }
      process.lose(after: time)
      enqueue(&process, pid: pid)
      latest[pid] = process
    }
    for pid in former.pids {
      former[pid] = former[pid]?.map { process in
        var process = process
        if resolvedUntil > time { process.forgetAncestry(after: time) }
        process.lose(after: time)
        return process
      }
    }
    resolvedUntil = min(resolvedUntil, time)
    forget()
  }

  /// There may be processes that nobody has been told of by now.
  mutating func miss(_ reason: ScanReason, by now: Int64) {
    unseen = reason
    unseenSince = max(unseenSince, now)
  }
}
