/// A container of a runtime without CRI.
package struct ForeignContainer: Hashable, Sendable {
  /// The container's runtime, with its name in lines.
  package enum Runtime: String, Sendable, CaseIterable {
    case docker, ecs, podman, nerdctl, lxc
    case nspawn = "systemd-nspawn"
  }

  package let runtime: Runtime
  /// 64 digits, 25 for a step of a build by Docker, or the name if there is no other ID (LXC, systemd-nspawn).
  package let id: String

  package init(_ runtime: Runtime, _ id: String) {
    self.runtime = runtime
    self.id = id
  }
}
