internal import Cgroups

/// The position of a container's process in the PID namespaces, and the pod of its container.
///
/// The kernel makes the first process of a PID namespace the new parent of orphans in it. That process may belong to another
/// container: in a pod whose containers share a PID namespace, or in a container that a process of another container or of the
/// host has entered.
// See: find_new_reaper() in kernel/exit.c
package struct PIDNamespace: Equatable, Sendable {
  /// The nesting depth: 1 for the host's own namespace.
  package var level: Int
  /// Whether the process is the first one of its namespace.
  package var isFirst: Bool
  /// A number that all containers of a pod have in common. It has no meaning beyond this run of the program.
  package var pod: Int

  package init(level: Int, isFirst: Bool, pod: Int) {
    self.level = level
    self.isFirst = isFirst
    self.pod = pod
  }

  /// Parses the text of the /proc/PID/status file of a process in `container`; nil if it has no `NSpid:`.
  // See: man 5 proc_pid_status
  init?(status: some StringProtocol, cgroup: some StringProtocol, container: ContainerID) {
    // The process chose its name, but the kernel escapes line feeds in it.
    let lines = Substring(status).utf8.split(separator: UInt8(ascii: "\n"))
    guard let line = lines.first(where: { $0.starts(with: "NSpid:".utf8) }) else { return nil }
    let pids = line.dropFirst("NSpid:".utf8.count).split(separator: UInt8(ascii: "\t"))
    guard let last = pids.last else { return nil }
    level = pids.count
    isFirst = pids.count > 1 && last.elementsEqual("1".utf8)
    pod = Self.pod(of: container, inCgroup: cgroup)
  }

  /// Hashes the text before the container's ID in its cgroup: the pod's cgroup, and the runtime's prefix.
  private static func pod(of container: ContainerID, inCgroup text: some StringProtocol) -> Int {
    let digits = Array(container.description.utf8)
    for line in Substring(text).utf8.split(separator: UInt8(ascii: "\n")) {
      var rest = line[...]
      while rest.count >= digits.count, !rest.starts(with: digits) { rest = rest.dropFirst() }
      if rest.count >= digits.count { return line[..<rest.startIndex].map(\.self).hashValue }
    }
    return container.hashValue
  }
}
