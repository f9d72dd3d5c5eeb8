internal import ContainerRuntime
internal import ProcFS

extension Doctor {
  /// Checks whether processes are found in the containers that the runtime lists as running.
  func containerProcesses(_ known: [ContainerIdentity], _ processes: ContainerProcesses) -> Finding {
    let check = "container processes"
    let running = Set(known.lazy.filter(\.isRunning).map(\.id))
    let found = processes.containers.intersection(running).count
    let failures = processes.failures.reasons
    guard failures.isEmpty else {
      return .failed(
        check, "\(settings.procRoot) cannot be read: \(failures.joined(separator: ", "))",
        remedy: "name the host's /proc with --proc-root, mount it without hidepid, or allow more open files")
    }
    guard !running.isEmpty else { return .ok(check, "no container is running") }
    guard found > 0 else {
      return .failed(
        check, "\(running.count) containers run, and \(settings.procRoot) shows no process in any of them",
        remedy:
          "name the host's /proc with --proc-root (hostPID: true in a pod); if it is the host's, the form of the containers' cgroups is unknown: see /proc/PID/cgroup of a process in one"
      )
    }
    return .ok(check, "found in \(found) of \(running.count) running containers")
  }

  /// Checks whether any container has a filter. What it does only the runtime knows.
  func filters(_ processes: ContainerProcesses) -> Finding {
    let check = "seccomp filters"
    let (filtered, unfiltered) = (processes.filtered, processes.unfiltered)
    guard filtered + unfiltered > 0 else {
      return .ok(check, "no container is running")
    }
    let found = "\(filtered) of \(filtered + unfiltered) container processes have one"
    guard filtered > 0 else {
      return .warning(
        check, "\(found): none of them makes records",
        remedy: "give pods a seccompProfile whose actions are logged, such as SCMP_ACT_LOG")
    }
    return .ok(
      check,
      "\(found); SCMP_ACT_LOG and kills are always logged, SCMP_ACT_ERRNO, TRAP, TRACE and NOTIFY only with SECCOMP_FILTER_FLAG_LOG"
    )
  }
}

extension Doctor {
  /// Reports why the calls of some running containers cannot be recorded. That is a warning only of containers that the settings choose.
  func recording(_ runtime: Runtime) -> Finding {
    let check = "recording"
    var recordable = 0
    var obstacles: [String] = []
    var hasChosen = false
    let running = runtime.containers.filter { $0.isRunning && !$0.container.isEmpty }
      .sorted { ($0.namespace, $0.pod, $0.container) < ($1.namespace, $1.pod, $1.container) }
    for container in running {
      guard let security = runtime.security[container.id] else { continue }
      guard let obstacle = security.obstacle else {
        recordable += 1
        continue
      }
      obstacles.append("\(container.namespace)/\(container.pod)/\(container.container) (\(obstacle))")
      hasChosen = hasChosen || settings.recording.isSelective && settings.recording.includes(container)
    }
    let known = recordable + obstacles.count
    guard known > 0 else {
      return .ok(
        check,
        running.isEmpty ? "no container is running" : "the container runtime does not report what filters do")
    }
    let some = obstacles.prefix(Self.maxObstacles).joined(separator: ", ")
    let rest = obstacles.count > Self.maxObstacles ? ", and \(obstacles.count - Self.maxObstacles) more" : ""
    let found =
      "the filters of \(recordable) of \(known) running containers log calls"
      + (obstacles.isEmpty ? "" : "; these cannot be recorded: \(some)\(rest)")
    guard hasChosen else { return .ok(check, found) }
    return .warning(
      check, found,
      remedy: "give these pods a seccompProfile that logs, such as /usr/share/audit-enricher/audit.json")
  }

  private static let maxObstacles = 20
}

extension ProcFailures {
  /// The reasons of failures, each with its count.
  var reasons: [String] {
    Kind.allCases.compactMap { kind in self[kind] > 0 ? "\(kind.rawValue) \(self[kind])" : nil }
  }
}
