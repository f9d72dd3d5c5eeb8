import Cgroups
import ContainerRuntime
import NodeTools
import Settings
import Testing

@Suite struct RuntimeQuestionTests {
  /// A runtime that answers with its own endpoint, or fails.
  private struct Client: RuntimeClient {
    var endpoint: RuntimeEndpoint
    var failure: CRIError.Kind?
    var hasContainers = true

    func version() async throws(CRIError) -> RuntimeVersion {
      if let failure { throw CRIError(failure, endpoint) }
      return RuntimeVersion(name: endpoint.path, version: "1")
    }

    func reports(
      of containers: [ContainerID], withLabels: Bool
    ) async throws(CRIError) -> [ContainerID: ContainerReport] {
      [:]
    }

    func containers(keeping keys: PodMetadata.Keys) async throws(CRIError) -> [ContainerIdentity] {
      if let failure { throw CRIError(failure, endpoint) }
      guard hasContainers else { return [] }
      return [
        ContainerIdentity(
          id: ContainerID(String(repeating: "0", count: 64))!, namespace: "", pod: endpoint.path,
          container: "",
          podUID: "")
      ]
    }
  }

  /// The result of asking all well-known endpoints. Each one fails as `failures` says, or answers.
  private func asked(_ failures: [CRIError.Kind?]) async -> Result<String, CRIError> {
    let connect: RuntimeConnector = { endpoint in
      let index = RuntimeEndpoint.wellKnown.firstIndex(of: endpoint)!
      return Client(
        endpoint: endpoint, failure: failures.indices.contains(index) ? failures[index] : .missing)
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

  @Test("The first runtime that answers is used")
  func first() async throws {
    #expect(try await asked([nil, nil, nil]).get() == "/run/containerd/containerd.sock")
    #expect(try await asked([.missing, nil, nil]).get() == "/run/crio/crio.sock")
    #expect(try await asked([.refused, .noAnswer, nil]).get() == "/run/cri-dockerd.sock")
  }

  @Test(
    "The containerd of k3s, RKE2, k0s and MicroK8s is found at its own socket",
    arguments: [
      "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock",
      "/var/snap/microk8s/common/run/containerd.sock",
    ])
  func distributions(path: String) async throws {
    let index = try #require(RuntimeEndpoint.wellKnown.firstIndex(of: RuntimeEndpoint(path: path)))
    #expect(try await asked(Array(repeating: .missing, count: index) + [nil]).get() == path)
  }

  @Test("A runtime that answers without containers, such as that of a Docker beside k3s, is not the node's")
  func withContainers() async throws {
    let k3s = "/run/k3s/containerd/containerd.sock"
    let connect: RuntimeConnector = { Client(endpoint: $0, hasContainers: $0.path == k3s) }
    var settings = Settings()
    let list = try await ContainerList(settings: settings, recordings: [], connect: connect)
    #expect(list.containers.isEmpty)
    let snapshot = try await settings.snapshot(connect: connect)
    #expect(snapshot.containers.map(\.pod) == [k3s])
    // If no runtime has containers, that is the answer.
    settings.procRoot = "/nonexistent"
    let none = try await settings.snapshot { Client(endpoint: $0, hasContainers: false) }
    #expect(none.containers.isEmpty)
  }

  @Test("If no runtime answers, the error lists each endpoint that was tried")
  func tried() async {
    let failure = await asked([.missing, .refused, .missing])
    guard case .failure(let error) = failure else {
      Issue.record("it was answered")
      return
    }
    #expect(error.kind == .refused)
    for endpoint in RuntimeEndpoint.wellKnown { #expect("\(error)".contains("\(endpoint)")) }
    #expect(
      "\(error)".hasSuffix(
        "/run/k0s/containerd.sock (no such socket), unix:///var/snap/microk8s/common/run/containerd.sock (no such socket)"
      ))
  }

  @Test(
    "If no runtime answers, the error begins with the one that exists",
    arguments: [
      ([.missing, .missing, .missing], 0), ([.missing, .refused, .missing], 1),
      ([.noAnswer, .missing, .missing], 0), ([.missing, .missing, .notCRI], 2),
    ] as [([CRIError.Kind], Int)])
  func failure(kinds: [CRIError.Kind], reported: Int) async {
    await #expect {
      _ = try await asked(kinds).get()
    } throws: { error in
      let error = error as? CRIError
      return error?.kind == kinds[reported] && error?.endpoint == RuntimeEndpoint.wellKnown[reported]
    }
  }
}
