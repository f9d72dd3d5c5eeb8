package import Cgroups

extension ProcessTable {
  /// The containers of the CRI in which known processes run. Iterates over all processes.
  package var runningContainers: Set<ContainerID> {
    var found = Set<ContainerID>()
    for process in latest.values where process.isRunning {
      if let id = containerID(of: process) { found.insert(id) }
    }
    return found
  }
}
