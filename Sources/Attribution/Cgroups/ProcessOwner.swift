/// The owner of a process, according to its cgroup.
package enum ProcessOwner: Hashable, Sendable {
  /// A container of a pod, or the pod's sandbox.
  case container(ContainerID)
  /// A container of a runtime without CRI.
  case foreign(ForeignContainer)
  /// The host, with the process's systemd unit if there is one.
  case host(unit: String?)

  /// Whether the owner is a container, of any runtime. Its processes stay in it.
  package var isContainer: Bool { if case .host = self { false } else { true } }

  /// The container's ID, if the owner is a container of the CRI.
  package var containerID: ContainerID? {
    if case .container(let id) = self { id } else { nil }
  }
}
