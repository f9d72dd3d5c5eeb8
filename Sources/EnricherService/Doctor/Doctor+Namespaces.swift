internal import Glibc
internal import LinuxSystem
internal import ProcessTable

extension Doctor {
  /// The kernel's audit multicast speaks in the initial network namespace only; elsewhere joining works, too.
  func networkNamespace() -> Finding {
    let check = "network namespace"
    guard let own = link("/proc/self/ns/net"), let initial = link("\(settings.procRoot)/1/ns/net")
    else {
      return .warning(
        check, "cannot be compared with that of process 1",
        remedy: "if no records arrive, make sure that this runs in the host's network namespace")
    }
    if own == initial { return .ok(check, "that of process 1") }
    return .failed(
      check, "not that of process 1: no record will arrive",
      remedy: "run in the host's (hostNetwork: true; no PrivateNetwork=), or with a socket unit")
  }

  /// Records name processes by their ID in the initial namespace.
  func processNamespace() -> Finding {
    let check = "PID namespace"
    // See: PROC_PID_INIT_INO in include/linux/proc_ns.h
    guard link("/proc/self/ns/pid") == "pid:[4026531836]" else {
      return Finding(
        check: check, verdict: settings.procRoot == "/proc" ? .failed : .warning,
        found: "not the initial one: /proc shows other process IDs than records have",
        remedy: "run in the host's (hostPID: true), or give the host's /proc with --proc-root")
    }
    return .ok(check, "the initial one")
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

  private func link(_ path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: 64)
    // No more is written than there is room.
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe readlink(path, $0.baseAddress!, $0.count) }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
