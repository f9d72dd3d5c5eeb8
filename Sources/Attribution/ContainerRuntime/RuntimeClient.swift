/// Asks a container runtime. Over its CRI socket, `CRIClient` does.
public protocol RuntimeClient: Sendable {
  /// Asks for name and version, the first thing that any runtime answers.
  func version() async throws(CRIError) -> RuntimeVersion

  /// All containers and pod sandboxes that the runtime knows, running or not, with what `keys` name of their pods' labels and annotations.
  func containers(keeping keys: PodMetadata.Keys) async throws(CRIError) -> [ContainerIdentity]
}

extension RuntimeClient {
  /// The same without labels and annotations.
  public func containers() async throws(CRIError) -> [ContainerIdentity] {
    try await containers(keeping: PodMetadata.Keys())
  }
}

/// Gives a client of the runtime at an endpoint, which need not be there yet.
public typealias RuntimeConnector = @Sendable (RuntimeEndpoint) -> any RuntimeClient

/// What a runtime says of itself.
public struct RuntimeVersion: Sendable {
  /// Such as `containerd`.
  public var name: String
  public var version: String

  public init(name: String, version: String) {
    self.name = name
    self.version = version
  }
}
