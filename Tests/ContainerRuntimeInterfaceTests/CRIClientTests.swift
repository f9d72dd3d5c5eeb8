import CRIService
import Cgroups
import ContainerRuntime
import ContainerRuntimeInterface
import SwiftProtobuf
import Testing

@Suite struct CRIClientTests {
  static let containerID = String(repeating: "4f0c", count: 16)
  static let sandboxID = String(repeating: "1e2d", count: 16)

  private func sandbox(labels: [String: String] = [:]) -> Runtime_V1_PodSandbox {
    var sandbox = Runtime_V1_PodSandbox()
    sandbox.id = Self.sandboxID
    sandbox.metadata.name = "sandbox-pod"
    sandbox.metadata.namespace = "sandbox-ns"
    sandbox.metadata.uid = "sandbox-uid"
    sandbox.labels = labels
    return sandbox
  }

  private func container(labels: [String: String] = [:]) -> Runtime_V1_Container {
    var container = Runtime_V1_Container()
    container.id = Self.containerID
    container.podSandboxID = Self.sandboxID
    container.metadata.name = "metadata-name"
    container.labels = labels
    return container
  }

  private let labels = [
    "io.kubernetes.pod.namespace": "ns", "io.kubernetes.pod.name": "pod",
    "io.kubernetes.pod.uid": "uid", "io.kubernetes.container.name": "redis", "app": "else",
  ]

  private func identity(
    _ id: String, _ namespace: String, _ pod: String, _ name: String, _ uid: String
  ) -> ContainerIdentity? {
    ContainerID(id).map { .init(id: $0, namespace: namespace, pod: pod, container: name, podUID: uid) }
  }

  @Test("The selected labels and annotations of a pod are those of its containers and its sandbox")
  func podMetadata() {
    var sandbox = sandbox(labels: ["app": "web"])
    sandbox.annotations = ["team": "a", "other": "b"]
    let keys = PodMetadata.Keys(labels: ["app"], annotations: ["team"])
    let found = CRIClient.identities(
      // A container's own labels are not those of its pod.
      containers: [container(labels: ["app": "container"])], sandboxes: [sandbox], keeping: keys)
    #expect(found.map(\.podMetadata.labels) == [["app": "web"], ["app": "web"]])
    #expect(found.map(\.podMetadata.annotations) == [["team": "a"], ["team": "a"]])
    let unasked = CRIClient.identities(containers: [container()], sandboxes: [sandbox])
    #expect(unasked.allSatisfy { $0.podMetadata == PodMetadata() })
  }

  @Test("The labels that kubelet wrote name a container")
  func labelled() {
    let found = CRIClient.identities(
      containers: [container(labels: labels)], sandboxes: [sandbox(labels: labels)])
    #expect(
      found == [
        identity(Self.sandboxID, "ns", "pod", "", "uid"),
        identity(Self.containerID, "ns", "pod", "redis", "uid"),
      ])
  }

  @Test("Without labels the metadata of the container and of its pod name it")
  func metadata() {
    let found = CRIClient.identities(containers: [container()], sandboxes: [sandbox()])
    #expect(
      found == [
        identity(Self.sandboxID, "sandbox-ns", "sandbox-pod", "", "sandbox-uid"),
        identity(Self.containerID, "sandbox-ns", "sandbox-pod", "metadata-name", "sandbox-uid"),
      ])
  }

  @Test("The runtime reports whether a container is running, but not for a sandbox")
  func running() throws {
    // Encoded as a runtime sends them: `id`, and `state`, an enumeration.
    for (state, isRunning) in [(0, false), (1, true), (2, false), (3, false), (9, false)] as [(UInt8, Bool)] {
      let bytes = [0x0a, 64] + Array(Self.containerID.utf8) + [0x30, state]
      let container = try Runtime_V1_Container(serializedBytes: bytes)
      let found = CRIClient.identities(containers: [container], sandboxes: [sandbox()])
      #expect(found.map(\.isRunning) == [false, isRunning])
    }
  }

  @Test("A container has its image as the pod names it, the time of its creation, and whether it has ended")
  func image() {
    var container = container()
    container.image.image = "sha256:4f0c"
    container.createdAt = 1_764_449_409_123_456_789
    container.state = .containerExited
    func found() -> ContainerIdentity? {
      CRIClient.identities(containers: [container], sandboxes: [sandbox()]).last
    }
    #expect(found()?.image == "sha256:4f0c" && found()?.created == 1_764_449_409_123)
    #expect(found()?.hasExited == true)
    container.image.userSpecifiedImage = "web:1"
    container.createdAt = .min
    #expect(found()?.image == "web:1" && found()?.created == 0)
    container.image.userSpecifiedImage = String(repeating: "x", count: 1 << 20)
    #expect(found()?.image == "")
  }

  @Test("A container whose pod is not listed keeps its own names")
  func orphan() {
    #expect(
      CRIClient.identities(containers: [container()], sandboxes: [])
        == [identity(Self.containerID, "", "", "metadata-name", "")])
    #expect(
      CRIClient.identities(containers: [container(labels: labels)], sandboxes: [])
        == [identity(Self.containerID, "ns", "pod", "redis", "uid")])
  }

  @Test("An ID of another form is skipped, and its pod's names are still used")
  func strangeIDs() {
    var oddSandbox = sandbox()
    oddSandbox.id = "short"
    var inside = container()
    inside.podSandboxID = "short"
    var odd = container()
    odd.id = "also-short"
    #expect(
      CRIClient.identities(containers: [inside, odd], sandboxes: [oddSandbox])
        == [identity(Self.containerID, "sandbox-ns", "sandbox-pod", "metadata-name", "sandbox-uid")])
  }

  @Test("The error for a missing socket names the path")
  func missingSocket() async throws {
    let client = CRIClient(endpoint: RuntimeEndpoint(path: "/nonexistent/cri.sock"))
    let error = await #expect(throws: CRIError.self) { _ = try await client.version() }
    #expect(error?.kind == .missing)
    #expect(error?.description.contains("unix:///nonexistent/cri.sock") == true)
  }

  @Test("A path that is not a socket and a socket without a listener have different errors")
  func noSocket() async throws {
    let client = CRIClient(endpoint: RuntimeEndpoint(path: "/dev/null"))
    let error = await #expect(throws: CRIError.self) { _ = try await client.containers() }
    #expect(error?.kind == .notSocket)
  }
}
