/// Losses of events.
extension ProcessTable {
  /// Handles a loss: events were lost after `time`, and none since `now`. What was known at `time` may be outdated.
  package mutating func noteLoss(after time: Int64, by now: Int64) {
    eventGaps.begin(at: time)
    // Events from now on do not report all processes that run.
    hasReceivedEvent = true
    requestScan(.losses, by: now)
    // All known processes may have ended, so there is space.
    refused = nil
    forgetCompactSets()
    for (pid, ahead) in readAhead where ahead.readBy > time { forgetOwner(of: ahead, pid: pid, by: now) }
    readAhead = [:]
    tree = ProcessTree()
    orphansOfUnknownParent = [:]
    adoptableEntrants = ProcessIDMap()
    for (pid, var process) in latest where process.isUncertain(after: time) {
      process.traits.subtract([.isInTree, .isOrphanOfUnknownParent])
      if resolvedUntil > time { process.forgetAncestry(after: time) }
      process.noteLoss(after: time)
      enqueue(&process, pid: pid)
      latest[pid] = process
    }
    for pid in former.pids {
      former[pid] = former[pid]?.map { process in
        var process = process
        if resolvedUntil > time { process.forgetAncestry(after: time) }
        process.noteLoss(after: time)
        return process
      }
    }
    resolvedUntil = min(resolvedUntil, time)
    forget()
  }

  /// Notes that there may be processes that have not been reported by `now`.
  mutating func requestScan(_ reason: ScanReason, by now: Int64) {
    missingReason = reason
    unseenSince = max(unseenSince, now)
  }
}
