public import Cgroups

/// The names of a container, or of a pod's sandbox (the pause container), which has no container name.
public struct ContainerIdentity: Hashable, Sendable {
  public var id: ContainerID
  public var namespace: String
  public var pod: String
  /// Empty for a sandbox.
  public var container: String
  public var podUID: String
  /// What was asked for of its pod's labels and annotations.
  public var podMetadata: PodMetadata
  /// Whether the runtime says that it runs. Not known of a sandbox.
  public var isRunning: Bool

  public init(
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
