/// A container of a runtime that serves no CRI.
public struct ForeignContainer: Hashable, Sendable {
  /// What made it, as it is called in lines.
  public enum Runtime: String, Sendable, CaseIterable {
    case docker, ecs, podman, nerdctl, lxc
    case nspawn = "systemd-nspawn"
  }

  public let runtime: Runtime
  /// 64 digits, or its name where it has no other ID (LXC, systemd-nspawn).
  public let id: String

  public init(_ runtime: Runtime, _ id: String) {
    self.runtime = runtime
    self.id = id
  }
}
