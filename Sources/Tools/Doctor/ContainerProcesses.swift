internal import Cgroups
internal import ContainerRuntime
internal import LinuxSystem
internal import ProcFS

/// The processes of containers that /proc shows now.
struct ContainerProcesses {
  /// The containers of the CRI that have any.
  var containers = Set<ContainerID>()
  /// Processes that have a seccomp filter, and those that have none, without those of pause containers.
  var filtered = 0
  var unfiltered = 0
  let failures: ProcFailures

  /// Looks at all processes. The runtime gives pause containers a filter whatever a pod asks for: those among `known` do not count as
  /// filtered or not.
  // See: man 5 proc_pid_status, Seccomp
  init(procRoot: String, known: [ContainerIdentity]) {
    let procFS = ProcFS(root: procRoot)
    failures = procFS.failures
    let pauses = Set(known.filter(\.container.isEmpty).map(\.id))
    for pid in procFS.processes() {
      guard case .container(let id) = procFS.owner(of: pid) else { continue }
      containers.insert(id)
      guard !pauses.contains(id), let status = try? SmallFile.read("\(procRoot)/\(pid)/status") else {
        continue
      }
      let line = status.split(separator: "\n").first { $0.hasPrefix("Seccomp:") }
      // 2 is SECCOMP_MODE_FILTER.
      if line?.split(whereSeparator: \.isWhitespace).last == "2" { filtered += 1 } else { unfiltered += 1 }
    }
  }
}
