/// A container of a runtime that serves no CRI.
package struct ForeignContainer: Hashable, Sendable {
  /// What made it, as it is called in lines.
  package enum Runtime: String, Sendable, CaseIterable {
    case docker, ecs, podman, nerdctl, lxc
    case nspawn = "systemd-nspawn"
  }

  package let runtime: Runtime
  /// 64 digits, or its name where it has no other ID (LXC, systemd-nspawn).
  package let id: String

  package init(_ runtime: Runtime, _ id: String) {
    self.runtime = runtime
    self.id = id
  }
}
