package import ContainerRuntime

extension Settings.Runtime {
  /// The endpoints to try, in this order.
  package var candidates: [RuntimeEndpoint] {
    switch self {
    case .search: RuntimeEndpoint.wellKnown
    case .endpoint(let endpoint): [endpoint]
    case .none: []
    }
  }

  /// Returns the first answer that is good, or else the first answer of any endpoint. The error names all endpoints that were asked.
  package func ask<Answer>(
    _ connect: RuntimeConnector, isGood: (Answer) -> Bool = { _ in true },
    _ question: (any RuntimeClient) async throws(CRIError) -> Answer
  ) async throws(CRIError) -> (endpoint: RuntimeEndpoint, answer: Answer) {
    var first: (endpoint: RuntimeEndpoint, answer: Answer)?
    var failures: [CRIError] = []
    for endpoint in candidates {
      do throws(CRIError) {
        let answer = try await question(connect(endpoint))
        if isGood(answer) { return (endpoint, answer) }
        first = first ?? (endpoint, answer)
      } catch {
        failures.append(error)
      }
    }
    if let first { return first }
    // Of several endpoints, the last one that exists but does not answer is the most likely cause.
    let worst = failures.lastIndex { $0.kind != .missing } ?? 0
    guard failures.indices.contains(worst) else { throw CRIError(.missing, RuntimeEndpoint.wellKnown[0]) }
    var failure = failures.remove(at: worst)
    failure.others = failures
    throw failure
  }

  /// All containers and pod sandboxes of the first runtime that has any: the containerd of a Docker beside k3s may answer, too,
  /// but has none. They have the labels and annotations of their pods that `keys` name.
  package func containers(
    keeping keys: PodMetadata.Keys = PodMetadata.Keys(), _ connect: RuntimeConnector
  ) async throws(CRIError) -> (endpoint: RuntimeEndpoint, answer: [ContainerIdentity]) {
    try await ask(connect, isGood: { !$0.isEmpty }) { (client) async throws(CRIError) in
      try await client.containers(keeping: keys)
    }
  }
}
