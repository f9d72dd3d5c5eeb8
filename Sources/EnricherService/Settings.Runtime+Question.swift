public import ContainerRuntime
public import Settings

extension Settings.Runtime {
  /// Where to look, in this order.
  public var candidates: [RuntimeEndpoint] {
    switch self {
    case .search: RuntimeEndpoint.wellKnown
    case .endpoint(let endpoint): [endpoint]
    case .none: []
    }
  }

  /// What the first that answers says to `question`.
  package func ask<Answer>(
    _ connect: RuntimeConnector,
    _ question: (any RuntimeClient) async throws(CRIError) -> Answer
  ) async throws(CRIError) -> (endpoint: RuntimeEndpoint, answer: Answer) {
    var failure: CRIError?
    for endpoint in candidates {
      do throws(CRIError) {
        return (endpoint, try await question(connect(endpoint)))
      } catch {
        // Of several, the one that is there but does not answer is worth telling.
        if failure == nil || error.kind != .missing { failure = error }
      }
    }
    throw failure ?? CRIError(.missing, RuntimeEndpoint.wellKnown[0])
  }

  /// All containers and pod sandboxes of the first that answers.
  func containers(
    _ connect: RuntimeConnector
  ) async throws(CRIError) -> (endpoint: RuntimeEndpoint, answer: [ContainerIdentity]) {
    try await ask(connect) { (client) async throws(CRIError) in try await client.containers() }
  }
}
