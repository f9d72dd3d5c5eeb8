internal import LinuxSystem
internal import ProcFS

extension Doctor {
  private var namespaces: HostNamespaces { HostNamespaces(procRoot: settings.procRoot) }

  /// Checks the network namespace. The kernel sends audit multicasts only in the initial one; joining the group works elsewhere, too.
  func networkNamespace() -> Finding {
    let check = "network namespace"
    switch namespaces.receivesMulticast {
    case true?: return .ok(check, "the initial one")
    case false?:
      return .failed(
        check, "not the initial one: no record will arrive",
        remedy: "run in the host's (hostNetwork: true; no PrivateNetwork=), or with a socket unit")
    case nil:
      return .warning(
        check, "cannot be compared with that of process 1",
        remedy: "if no records arrive, make sure that this runs in the host's network namespace")
    }
  }

  /// Checks the PID namespace. Records contain process IDs of the initial one.
  func processNamespace() -> Finding {
    let check = "PID namespace"
    let remedy = "run in the host's (hostPID: true), or give the host's /proc with --proc-root"
    switch namespaces.showsProcessesOfRecords {
    case true?: return .ok(check, "\(settings.procRoot) shows the initial one")
    case false?:
      return .failed(
        check,
        "\(settings.procRoot) does not show the initial one: its process IDs differ from those in records",
        remedy: remedy)
    case nil:
      return .warning(check, "cannot determine which one \(settings.procRoot) shows", remedy: remedy)
    }
  }

  func cgroupVersion() -> Finding {
    let controllers = "/sys/fs/cgroup/cgroup.controllers"
    let version = (try? SmallFile.read(controllers)) != nil ? "v2" : "v1 or hybrid"
    guard ProcFS(root: settings.procRoot).owner(of: 1) != nil else {
      return .failed(
        "cgroup", "\(version), but \(settings.procRoot)/1/cgroup cannot be read",
        remedy: "mount /proc without hidepid, or name the host's with --proc-root")
    }
    return .ok("cgroup", version)
  }
}
