internal import Metrics

extension Doctor {
  /// Checks whether the service sees the processes of containers.
  func processes(_ page: MetricsPage, _ node: Node) -> Finding {
    let check = "service processes"
    let failures = page.samples(of: "proc_failures_total").filter { $0.value > 0 }
    guard failures.isEmpty else {
      return .warning(
        check,
        "/proc could not be read: \(failures.map { "\($0.label) \($0.value)" }.joined(separator: ", "))",
        remedy: Self.remedy(forProcFailures: failures.map(\.label)))
    }
    guard let containers = page.value(of: "containers_with_processes") else {
      return .ok(check, "unknown without process events")
    }
    guard containers > 0 || node.running == 0 else {
      return .failed(
        check, "\(node.running) containers run, and it sees no process in any of them",
        remedy:
          "see --proc-root of the service, and the container processes above; the service uses its own --cri-endpoint"
      )
    }
    return .ok(check, "it sees processes in \(containers) containers")
  }

  private static func remedy(forProcFailures kinds: [String]) -> String {
    kinds.map { kind in
      switch kind {
      case "too-many-files": "too-many-files: LimitNOFILE= in the service's unit, and sysctl fs.file-max"
      case "permission":
        "permission: ProtectProc= and SupplementaryGroups= in the service's unit, and hidepid= of /proc"
      case "no-processes": "no-processes: --proc-root has to be the host's /proc, without hidepid"
      default: "\(kind): see the kernel's log"
      }
    }.joined(separator: "; ")
  }

  /// Checks whether records are attributed to pods. A few records of the host prove nothing.
  func owners(_ page: MetricsPage, _ node: Node) -> Finding {
    let check = "service owners"
    let owners = page.samples(of: "owner_records_total")
    let host =
      (owners.first { $0.label == "host" }?.value ?? 0) + (page.value(of: "host_records_dropped_total") ?? 0)
    let total = owners.reduce(page.value(of: "host_records_dropped_total") ?? 0) { $0 + $1.value }
    let found = "\(host) of \(total) records are the host's"
    guard node.filtered > 0, total >= Self.fewRecords, host * 2 > total else { return .ok(check, found) }
    return .warning(
      check, "\(found), and \(node.filtered) processes of containers have a filter",
      remedy:
        "see unit= in the lines: if processes of that unit run in containers, the form of their cgroups is unknown; otherwise the unit itself has a filter that logs, and --host-processes drop leaves out its lines"
    )
  }

  private static let fewRecords: UInt64 = 100
}
