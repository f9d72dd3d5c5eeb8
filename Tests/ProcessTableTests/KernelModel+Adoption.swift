import Cgroups

/// Processes that move to another cgroup, or end and leave orphans.
extension KernelModel {
  /// Moves a host process into another unit, or a container's process out of the container's cgroup if its container is known. If
  /// containers share a PID namespace, nothing shows later to which of them an orphan belongs.
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
      // Its children have new parents before its exit is reported.
      while nature.crosses, chance(2) { step() }
    }
    report(.exit, pid)
    processes[pid]?.isOver = true
  }

  /// Ends a process whose last thread has ended and whose parent reaps it.
  func reap() {
    guard let (pid, process) = any({ $1.isOver && $0 > Self.lastPermanent }) else { return }
    if process.lingers { giveAwayChildren(of: pid, process) }
    processes[pid] = nil
    lives[process.number].ended = time
    if process.lingers { report(.threadExit, pid) }
  }

  /// Gives its children to the first process of their PID namespace, or to the process that starts containers while that lives.
  private func giveAwayChildren(of pid: Int32, _ process: Process) {
    for child in processes.pids(where: { $1.parent == pid }) {
      let isAlive = process.isStarter && !(nature.crosses && chance(4))
      processes[child]?.parent = [isAlive ? Self.starter : 1, 5, 6][process.namespace]
      processes[child]?.isOrphan = true
      processes[child]?.isSeenAsOrphan = false
    }
  }
}
