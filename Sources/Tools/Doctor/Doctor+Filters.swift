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

  /// Checks whether any container has a filter. What a filter does cannot be read from outside.
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
      "\(found); whether it logs cannot be seen from outside: SCMP_ACT_LOG and kills always do, SCMP_ACT_ERRNO, TRAP, TRACE and NOTIFY only with SECCOMP_FILTER_FLAG_LOG"
    )
  }
}

extension ProcFailures {
  /// The reasons of failures, each with its count.
  var reasons: [String] {
    Kind.allCases.compactMap { kind in self[kind] > 0 ? "\(kind.rawValue) \(self[kind])" : nil }
  }
}
