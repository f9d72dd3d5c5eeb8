package import Cgroups

/// Asks a container runtime. `CRIClient` does so over the CRI socket.
package protocol RuntimeClient: Sendable {
  /// Asks for name and version, which any runtime can answer.
  func version() async throws(CRIError) -> RuntimeVersion

  /// All containers and pod sandboxes that the runtime knows, running or not, with the labels and annotations of their pods that
  /// `keys` name.
  func containers(keeping keys: PodMetadata.Keys) async throws(CRIError) -> [ContainerIdentity]

  /// The filters and privileges of containers, and their pods' labels on request; one or two requests each. Containers that are gone, and
  /// those of which the runtime does not report it, are left out.
  func reports(
    of containers: [ContainerID], withLabels: Bool
  ) async throws(CRIError) -> [ContainerID: ContainerReport]
}

extension RuntimeClient {
  /// All containers and pod sandboxes, without labels and annotations.
  package func containers() async throws(CRIError) -> [ContainerIdentity] {
    try await containers(keeping: PodMetadata.Keys())
  }
}

/// Returns a client for the runtime at an endpoint, which need not exist yet.
package typealias RuntimeConnector = @Sendable (RuntimeEndpoint) -> any RuntimeClient

/// The runtime's name and version.
package struct RuntimeVersion: Sendable {
  /// Such as `containerd`.
  package var name: String
  package var version: String

  package init(name: String, version: String) {
    self.name = name
    self.version = version
  }
}
