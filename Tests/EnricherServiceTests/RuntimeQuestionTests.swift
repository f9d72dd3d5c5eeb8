import ContainerRuntime
import EnricherService
import Settings
import Testing

@Suite struct RuntimeQuestionTests {
  /// Answers with its own endpoint, or fails.
  private struct Client: RuntimeClient {
    var endpoint: RuntimeEndpoint
    var failure: CRIError.Kind?

    func version() async throws(CRIError) -> RuntimeVersion {
      if let failure { throw CRIError(failure, endpoint) }
      return RuntimeVersion(name: endpoint.path, version: "1")
    }

    func containers() async throws(CRIError) -> [ContainerIdentity] { [] }
  }

  /// What comes of asking all well-known ones, of which each fails as is said, or answers.
  private func asked(_ failures: [CRIError.Kind?]) async -> Result<String, CRIError> {
    let connect: RuntimeConnector = { endpoint in
      Client(endpoint: endpoint, failure: failures[RuntimeEndpoint.wellKnown.firstIndex(of: endpoint)!])
    }
    do throws(CRIError) {
      let (endpoint, name) = try await Settings.Runtime.search.ask(connect) {
        (client) async throws(CRIError) in try await client.version().name
      }
      #expect(endpoint.path == name)
      return .success(name)
    } catch {
      return .failure(error)
    }
  }

  @Test("The first that answers is the one")
  func first() async throws {
    #expect(try await asked([nil, nil, nil]).get() == "/run/containerd/containerd.sock")
    #expect(try await asked([.missing, nil, nil]).get() == "/run/crio/crio.sock")
    #expect(try await asked([.refused, .noAnswer, nil]).get() == "/run/cri-dockerd.sock")
  }

  @Test(
    "Where none answers the one that is there is told",
    arguments: [
      ([.missing, .missing, .missing], 0), ([.missing, .refused, .missing], 1),
      ([.noAnswer, .missing, .missing], 0), ([.missing, .missing, .notCRI], 2),
    ] as [([CRIError.Kind], Int)])
  func failure(kinds: [CRIError.Kind], told: Int) async {
    await #expect {
      _ = try await asked(kinds).get()
    } throws: { error in
      let error = error as? CRIError
      return error?.kind == kinds[told] && error?.endpoint == RuntimeEndpoint.wellKnown[told]
    }
  }
}
