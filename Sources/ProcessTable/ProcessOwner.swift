/// Who a process belongs to, as its cgroup tells.
public enum ProcessOwner: Hashable, Sendable {
  /// A container of a pod, or the pod's sandbox.
  case container(ContainerID)
  /// The host, with the systemd unit if there is one.
  case host(unit: String?)

  /// The container, if it is one.
  public var containerID: ContainerID? {
    if case .container(let id) = self { id } else { nil }
  }
}
