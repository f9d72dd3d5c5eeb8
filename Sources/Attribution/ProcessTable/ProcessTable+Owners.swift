internal import Cgroups

/// Owners, and which of them are still of use.
extension ProcessTable {
  /// The container of the CRI that a process belongs to.
  func containerID(of process: Process) -> ContainerID? {
    process.isInContainer ? process.owner.flatMap { owners[$0].containerID } : nil
  }

  /// Forgets owners of which no process is known any more. To be called before anything else is done: what is known of a process is copied
  /// while it is worked on, and its owner with it.
  mutating func cleanOwners() {
    guard owners.needsCleaning else { return }
    var used = Set(crowds.map(\.owner) + readAhead.values.map(\.owner))
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
