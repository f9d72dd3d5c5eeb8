package import Cgroups

/// The names of a container, or of a pod's sandbox (the pause container), which has no container name.
package struct ContainerIdentity: Hashable, Sendable {
  package var id: ContainerID
  package var namespace: String
  package var pod: String
  /// Empty for a sandbox.
  package var container: String
  package var podUID: String
  /// The selected labels and annotations of the pod.
  package var podMetadata: PodMetadata
  /// The image, as the pod names it if the runtime knows that; empty for a sandbox.
  package var image = ""
  /// When the container was created, in milliseconds since 1970; 0 if that is not known.
  package var created: Int64 = 0
  /// Whether the runtime reports that the container is running. Not known for a sandbox.
  package var isRunning: Bool
  /// Whether the runtime reports that the container has ended.
  package var hasExited = false

  package init(
    id: ContainerID, namespace: String, pod: String, container: String, podUID: String,
    podMetadata: PodMetadata = PodMetadata(), isRunning: Bool = false
  ) {
    self.id = id
    self.namespace = namespace
    self.pod = pod
    self.container = container
    self.podUID = podUID
    self.podMetadata = podMetadata
    self.isRunning = isRunning
  }
}
