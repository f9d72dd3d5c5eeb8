/// Who a process belongs to, according to its cgroup.
package enum ProcessOwner: Hashable, Sendable {
  /// A container of a pod, or the pod's sandbox.
  case container(ContainerID)
  /// A container of a runtime that serves no CRI.
  case foreign(ForeignContainer)
  /// The host, with the systemd unit if there is one.
  case host(unit: String?)

  /// Whether it is a container, of whatever runtime. Its processes stay in it.
  package var isContainer: Bool { if case .host = self { false } else { true } }

  /// The container, if it is one.
  package var containerID: ContainerID? {
    if case .container(let id) = self { id } else { nil }
  }
}
