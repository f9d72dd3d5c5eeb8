internal import Cgroups

/// Where a container's process is among the PID namespaces, and which pod its container belongs to.
///
/// The kernel makes an orphan the child of the first process of its PID namespace, which may be another container's: of a pod whose
/// containers share one, or of a container that another one, or the host, has entered.
// See: find_new_reaper() in kernel/exit.c
package struct PIDNamespace: Equatable, Sendable {
  /// How deep it is nested: 1 for the host's own.
  package var level: Int
  /// Whether the process is the first one of its namespace.
  package var isFirst: Bool
  /// The same number for all containers of a pod. It has no meaning beyond this run of the program.
  package var pod: Int

  package init(level: Int, isFirst: Bool, pod: Int) {
    self.level = level
    self.isFirst = isFirst
    self.pod = pod
  }

  /// Reads the text of a /proc/PID/status file, of a process of that container; nil if it has no `NSpid:`.
  // See: man 5 proc_pid_status
  init?(status: some StringProtocol, cgroup: some StringProtocol, container: ContainerID) {
    // A line feed in the process's name, which it chose, is escaped.
    let lines = Substring(status).utf8.split(separator: UInt8(ascii: "\n"))
    guard let line = lines.first(where: { $0.starts(with: "NSpid:".utf8) }) else { return nil }
    let pids = line.dropFirst("NSpid:".utf8.count).split(separator: UInt8(ascii: "\t"))
    guard let last = pids.last else { return nil }
    level = pids.count
    isFirst = pids.count > 1 && last.elementsEqual("1".utf8)
    pod = Self.pod(of: container, inCgroup: cgroup)
  }

  /// Hashes what stands before the container's ID in its cgroup: the pod's cgroup, and the runtime's prefix.
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
