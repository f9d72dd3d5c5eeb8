internal import Cgroups

/// Owners, and which of them are still used.
extension ProcessTable {
  /// The container of the CRI that a process belongs to.
  func containerID(of process: Process) -> ContainerID? {
    process.isInContainer ? process.owner.flatMap { owners[$0].containerID } : nil
  }

  /// Forgets owners of which no process is known. Call this before anything else is done: processes are copied while they are changed, and
  /// their owners with them.
  mutating func cleanOwners() {
    guard owners.needsCleaning else { return }
    var used = Set(compactSets.map(\.owner) + readAhead.values.map(\.owner))
    func note(_ process: Process) {
      if let owner = process.owner { used.insert(owner) }
      if let owner = process.inherited { used.insert(owner) }
    }
    for process in latest.values { note(process) }
    for processes in former.values { processes.forEach(note) }
    if let refused { note(refused.process) }
    owners.keep(only: used)
  }
}
