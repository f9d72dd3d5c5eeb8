import Cgroups

/// Processes that go elsewhere, or end, and leave children to others.
extension KernelModel {
  /// Into another unit, or out of its container's cgroup, if that is known. Where containers share a PID namespace nothing shows later
  /// whose an orphan is.
  func leave() {
    let found = any { [lives, time, wholeSince] pid, process in
      pid > Self.lastPermanent && !process.hasExited
        && (process.isOnHost
          ? !process.isStarter && process.namespace == 0
          : time > wholeSince && process.owner == Self.containers[1] && lives[process.number].isKnown)
    }
    guard let (pid, process) = found else { return }
    guard process.isOnHost else {
      processes[pid]?.hasLeft = nature.leaves
      return
    }
    guard nature.movesUnits else { return }
    let unit = ProcessOwner.host(unit: "session-\(time).scope")
    processes[pid]?.owner = unit
    lives[process.number].owners.insert(unit)
  }

  func exit() {
    guard let (pid, process) = any({ !$1.hasExited && $0 > Self.lastPermanent }) else { return }
    processes[pid]?.hasExited = true
    if process.lingers {
      report(.threadFork, pid)
    } else {
      giveAwayChildren(of: pid, process)
      // Its children are others' before its end is reported.
      while nature.crosses, chance(2) { step() }
    }
    report(.exit, pid)
    processes[pid]?.isOver = true
  }

  /// Its last thread is gone, and its parent has asked.
  func reap() {
    guard let (pid, process) = any({ $1.isOver && $0 > Self.lastPermanent }) else { return }
    if process.lingers { giveAwayChildren(of: pid, process) }
    processes[pid] = nil
    lives[process.number].ended = time
    if process.lingers { report(.threadExit, pid) }
  }

  /// To the first process of its PID namespace, or to the one that starts containers, as long as that lives.
  private func giveAwayChildren(of pid: Int32, _ process: Process) {
    for child in processes.pids(where: { $1.parent == pid }) {
      let isAlive = process.isStarter && !(nature.crosses && chance(4))
      processes[child]?.parent = [isAlive ? Self.starter : 1, 5, 6][process.namespace]
      processes[child]?.isOrphan = true
      processes[child]?.isSeenAsOrphan = false
    }
  }
}
