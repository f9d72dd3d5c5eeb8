internal import LinuxSystem
internal import ProcessTable

extension Doctor {
  /// Whether containers have filters at all. What a filter does cannot be read from outside.
  // See: man 5 proc_pid_status, Seccomp
  func filters() -> Finding {
    let check = "seccomp filters"
    let procFS = ProcFS(root: settings.procRoot)
    var (filtered, unfiltered) = (0, 0)
    for pid in procFS.processes() {
      guard case .container = procFS.owner(of: pid),
        let status = try? SmallFile.read("\(settings.procRoot)/\(pid)/status")
      else { continue }
      let line = status.split(separator: "\n").first { $0.hasPrefix("Seccomp:") }
      // 2 is SECCOMP_MODE_FILTER.
      if line?.split(whereSeparator: \.isWhitespace).last == "2" { filtered += 1 } else { unfiltered += 1 }
    }
    guard filtered + unfiltered > 0 else {
      return Finding(check: check, verdict: .ok, found: "no container runs here now", remedy: "")
    }
    let found = "\(filtered) of \(filtered + unfiltered) container processes have one"
    guard filtered > 0 else {
      return Finding(
        check: check, verdict: .warning, found: "\(found): none of them makes records",
        remedy: "give pods a seccompProfile whose actions are logged, such as SCMP_ACT_LOG")
    }
    return Finding(
      check: check, verdict: .ok,
      found:
        "\(found); whether it logs cannot be seen from outside: SCMP_ACT_LOG and kills always do, SCMP_ACT_ERRNO, TRAP, TRACE and NOTIFY only with SECCOMP_FILTER_FLAG_LOG",
      remedy: "")
  }
}
