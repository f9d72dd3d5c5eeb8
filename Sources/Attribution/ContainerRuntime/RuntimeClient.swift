/// Asks a container runtime. Over its CRI socket, `CRIClient` does.
package protocol RuntimeClient: Sendable {
  /// Asks for name and version, the first thing that any runtime answers.
  func version() async throws(CRIError) -> RuntimeVersion

  /// All containers and pod sandboxes that the runtime knows, running or not, with what `keys` name of their pods' labels and annotations.
  func containers(keeping keys: PodMetadata.Keys) async throws(CRIError) -> [ContainerIdentity]
}

extension RuntimeClient {
  /// The same without labels and annotations.
  package func containers() async throws(CRIError) -> [ContainerIdentity] {
    try await containers(keeping: PodMetadata.Keys())
  }
}

/// Gives a client of the runtime at an endpoint, which need not be there yet.
package typealias RuntimeConnector = @Sendable (RuntimeEndpoint) -> any RuntimeClient

/// What a runtime says of itself.
package struct RuntimeVersion: Sendable {
  /// Such as `containerd`.
  package var name: String
  package var version: String

  package init(name: String, version: String) {
    self.name = name
    self.version = version
  }
}
