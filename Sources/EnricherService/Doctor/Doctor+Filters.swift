internal import ContainerRuntime
internal import LinuxSystem
internal import ProcessTable

extension Doctor {
  /// Whether containers have filters at all. What a filter does cannot be read from outside.
  // See: man 5 proc_pid_status, Seccomp
  ///
  /// The runtime gives pause containers one whatever a pod asks for: those among `known` do not count.
  func filters(_ known: [ContainerIdentity]) -> Finding {
    let check = "seccomp filters"
    let procFS = ProcFS(root: settings.procRoot)
    let pauses = Set(known.filter(\.container.isEmpty).map(\.id))
    var (filtered, unfiltered) = (0, 0)
    for pid in procFS.processes() {
      guard case .container(let id) = procFS.owner(of: pid), !pauses.contains(id),
        let status = try? SmallFile.read("\(settings.procRoot)/\(pid)/status")
      else { continue }
      let line = status.split(separator: "\n").first { $0.hasPrefix("Seccomp:") }
      // 2 is SECCOMP_MODE_FILTER.
      if line?.split(whereSeparator: \.isWhitespace).last == "2" { filtered += 1 } else { unfiltered += 1 }
    }
    guard filtered + unfiltered > 0 else {
      return .ok(check, "no container runs here now")
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
