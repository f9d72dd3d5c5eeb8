internal import Cgroups
internal import ContainerRuntime
internal import ProcFS

/// The processes of containers that /proc shows now.
struct ContainerProcesses {
  /// The CRI's containers that have processes.
  var containers = Set<ContainerID>()
  /// The number of processes with a seccomp filter, and of those without one. Pause containers are not counted.
  var filtered = 0
  var unfiltered = 0
  let failures: ProcFailures

  /// Examines all processes. The runtime gives pause containers a filter whatever the pod requests, so the pause containers
  /// among `known` count neither as filtered nor as unfiltered.
  init(procRoot: String, known: [ContainerIdentity]) {
    let procFS = ProcFS(root: procRoot)
    failures = procFS.failures
    let pauses = Set(known.filter(\.container.isEmpty).map(\.id))
    for pid in procFS.processes() {
      guard case .container(let id) = procFS.owner(of: pid) else { continue }
      containers.insert(id)
      guard !pauses.contains(id), let hasFilter = procFS.hasFilter(pid) else { continue }
      if hasFilter { filtered += 1 } else { unfiltered += 1 }
    }
  }
}
