package import ContainerRuntime

extension Settings.Runtime {
  /// Where to look, in this order.
  package var candidates: [RuntimeEndpoint] {
    switch self {
    case .search: RuntimeEndpoint.wellKnown
    case .endpoint(let endpoint): [endpoint]
    case .none: []
    }
  }

  /// What the first says to `question` whose answer is good, else the first that answers. The error names all that were asked.
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
    // Of several, the last one that is there but does not answer is the most likely cause.
    let worst = failures.lastIndex { $0.kind != .missing } ?? 0
    guard failures.indices.contains(worst) else { throw CRIError(.missing, RuntimeEndpoint.wellKnown[0]) }
    var failure = failures.remove(at: worst)
    failure.others = failures
    throw failure
  }

  /// All containers and pod sandboxes of the first that has any: the containerd of a Docker beside k3s may answer, too, and has none.
  package func containers(
    _ connect: RuntimeConnector
  ) async throws(CRIError) -> (endpoint: RuntimeEndpoint, answer: [ContainerIdentity]) {
    try await ask(connect, isGood: { !$0.isEmpty }) { (client) async throws(CRIError) in
      try await client.containers()
    }
  }
}
