package import CRIService
package import Cgroups
package import ContainerRuntime
internal import GRPCCore
internal import GRPCProtobuf
internal import GRPCUnixSocket
internal import Glibc

/// Asks a container runtime over its CRI socket.
///
/// Each request uses its own connection. Requests are rare (at the start, and for new containers). This way a runtime that was
/// restarted or that hung is reached again at once, and no runtime receives keepalive pings.
package struct CRIClient: RuntimeClient {
  package let endpoint: RuntimeEndpoint

  /// The timeouts for answers. The runtime of a busy machine is slow, especially with many containers.
  private static let versionTime = Duration.seconds(5)
  private static let listTime = Duration.seconds(15)
  /// The limit that kubelet accepts and containerd sends. 250 pods with long annotations exceed gRPC's usual 4 MiB. Two lists
  /// are read at a time; each is in memory as it was received, and as what is kept of it. See: maxMsgSize in kubernetes, pkg/kubelet/cri/remote/utils.go
  private static let maxMessageBytes = 16 << 20

  package init(endpoint: RuntimeEndpoint) { self.endpoint = endpoint }

  package func version() async throws(CRIError) -> RuntimeVersion {
    let answer = try await ask(within: Self.versionTime) { service, options in
      try await service.version(Runtime_V1_VersionRequest(), options: options)
    }
    return RuntimeVersion(name: answer.runtimeName, version: answer.runtimeVersion)
  }

  package func containers(keeping keys: PodMetadata.Keys) async throws(CRIError) -> [ContainerIdentity] {
    let (containers, sandboxes) = try await ask(within: Self.listTime) { service, options in
      try await Self.lists(service, options, keeping: keys)
    }
    return Self.identities(containers: containers, sandboxes: sandboxes, keeping: keys)
  }

  package func reports(
    of containers: [ContainerID], withLabels: Bool
  ) async throws(CRIError) -> [ContainerID: ContainerReport] {
    guard !containers.isEmpty else { return [:] }
    return try await ask(within: Self.listTime) { service, options in
      var reports: [ContainerID: ContainerReport] = [:]
      for id in containers {
        reports[id] = try await Self.report(of: id, withLabels: withLabels, service, options)
      }
      return reports
    }
  }

  /// Joins containers with their pods. The labels that kubelet writes have precedence, because they contain Kubernetes' own names.
  package static func identities(
    containers: [Runtime_V1_Container], sandboxes: [Runtime_V1_PodSandbox],
    keeping keys: PodMetadata.Keys = PodMetadata.Keys()
  ) -> [ContainerIdentity] {
    var pods: [String: (metadata: Runtime_V1_PodSandboxMetadata, kept: PodMetadata)] = [:]
    var found: [ContainerIdentity] = []
    for sandbox in sandboxes {
      // Computed once for all containers of the pod.
      let kept = PodMetadata(labels: sandbox.labels, annotations: sandbox.annotations, keeping: keys)
      pods[sandbox.id] = (sandbox.metadata, kept)
      guard let id = ContainerID(sandbox.id) else { continue }
      var identity = identity(id, labels: sandbox.labels, pod: sandbox.metadata, container: "")
      identity.podMetadata = kept
      found.append(identity)
    }
    for container in containers {
      guard let id = ContainerID(container.id) else { continue }
      let pod = pods[container.podSandboxID]
      var identity = identity(
        id, labels: container.labels, pod: pod?.metadata ?? .init(),
        container: container.labels[Label.container] ?? container.metadata.name)
      identity.podMetadata = pod?.kept ?? PodMetadata()
      identity.image = image(of: container)
      // In nanoseconds.
      identity.created = max(0, container.createdAt) / 1_000_000
      identity.isRunning = container.state == .containerRunning
      identity.hasExited = container.state == .containerExited
      found.append(identity)
    }
    return found
  }

  private static func identity(
    _ id: ContainerID, labels: [String: String], pod: Runtime_V1_PodSandboxMetadata,
    container: String
  ) -> ContainerIdentity {
    ContainerIdentity(
      id: id, namespace: labels[Label.namespace] ?? pod.namespace,
      pod: labels[Label.pod] ?? pod.name, container: container,
      podUID: labels[Label.podUID] ?? pod.uid)
  }

  /// The image as the pod names it, which newer runtimes know; else its name or digest.
  private static func image(of container: Runtime_V1_Container) -> String {
    let image = container.image
    let name = image.userSpecifiedImage.isEmpty ? image.image : image.userSpecifiedImage
    return name.utf8.count <= PodMetadata.maxLength ? name : ""
  }

  // See: k8s.io/kubelet/pkg/types/labels.go
  private enum Label {
    static let namespace = "io.kubernetes.pod.namespace"
    static let pod = "io.kubernetes.pod.name"
    static let podUID = "io.kubernetes.pod.uid"
    static let container = "io.kubernetes.container.name"

    /// Those of `labels` that kubelet writes. Copies of the keys need no memory.
    static func own(_ labels: [String: String]) -> [String: String] {
      var own: [String: String] = [:]
      for key in [namespace, pod, podUID, container] { if let value = labels[key] { own[key] = value } }
      return own
    }
  }

  /// Removes the labels that `identities` does not read.
  package static func reduce(_ container: inout Runtime_V1_Container) {
    container.labels = Label.own(container.labels)
  }

  /// Removes the labels and annotations that `identities` does not read.
  package static func reduce(_ sandbox: inout Runtime_V1_PodSandbox, keeping keys: PodMetadata.Keys) {
    let kept = PodMetadata(labels: sandbox.labels, annotations: sandbox.annotations, keeping: keys)
    sandbox.labels = Label.own(sandbox.labels).merging(kept.labels) { own, _ in own }
    sandbox.annotations = kept.annotations
  }

  // MARK: One request

  private typealias Service = Runtime_V1_RuntimeService.Client<UnixSocketTransport>

  private enum List {
    case containers([Runtime_V1_Container])
    case sandboxes([Runtime_V1_PodSandbox])
  }

  /// Requests both lists at the same time. The first error ends both requests.
  private static func lists(
    _ service: Service, _ options: CallOptions, keeping keys: PodMetadata.Keys
  ) async throws -> (containers: [Runtime_V1_Container], sandboxes: [Runtime_V1_PodSandbox]) {
    try await withThrowingTaskGroup(of: List.self) { group in
      group.addTask {
        let list = try await service.listContainers(
          request: ClientRequest(message: .init()), serializer: ProtobufSerializer(),
          deserializer: ListDeserializer(reduce: Self.reduce), options: options)
        return .containers(list.containers)
      }
      group.addTask {
        let list = try await service.listPodSandbox(
          request: ClientRequest(message: .init()), serializer: ProtobufSerializer(),
          deserializer: ListDeserializer { Self.reduce(&$0, keeping: keys) }, options: options)
        return .sandboxes(list.items)
      }
      var lists: (containers: [Runtime_V1_Container], sandboxes: [Runtime_V1_PodSandbox]) = ([], [])
      for try await list in group {
        switch list {
        case .containers(let containers): lists.containers = containers
        case .sandboxes(let sandboxes): lists.sandboxes = sandboxes
        }
      }
      return lists
    }
  }

  /// Nil if the container is gone, or the runtime does not report it.
  private static func report(
    of id: ContainerID, withLabels: Bool, _ service: Service, _ options: CallOptions
  ) async throws -> ContainerReport? {
    do {
      var request = Runtime_V1_ContainerStatusRequest()
      (request.containerID, request.verbose) = ("\(id)", true)
      guard let info = try await service.containerStatus(request, options: options).info["info"],
        let security = ContainerSecurity(info: Array(info.utf8).span)
      else { return nil }
      var report = ContainerReport(security)
      guard withLabels, let sandbox = ContainerSecurity.sandbox(info: Array(info.utf8).span) else {
        return report
      }
      var question = Runtime_V1_PodSandboxStatusRequest()
      question.podSandboxID = sandbox
      let labels = try await service.podSandboxStatus(question, options: options).status.labels
      report.labels = PodMetadata(labels: labels, annotations: [:], keeping: .all).labels
      return report
    } catch let error as RPCError where error.code == .notFound || error.code == .unimplemented {
      return nil
    }
  }

  private func ask<Answer: Sendable>(
    within timeout: Duration, _ question: @escaping @Sendable (Service, CallOptions) async throws -> Answer
  ) async throws(CRIError) -> Answer {
    try checkSocket()
    var options = CallOptions.defaults
    options.timeout = timeout
    options.maxResponseMessageBytes = Self.maxMessageBytes
    let deadline = ContinuousClock.now + timeout
    do {
      return try await withGRPCClient(transport: UnixSocketTransport(path: endpoint.path)) {
        [options] client in
        try await question(Service(wrapping: client), options)
      }
    } catch let error as RPCError where error.code == .deadlineExceeded && ContinuousClock.now >= deadline {
      // Earlier it is the server's own timeout.
      throw CRIError(.noAnswer, endpoint, detail: "none within \(timeout)")
    } catch let error as RPCError {
      let kind: CRIError.Kind = error.code == .unimplemented ? .notCRI : .noAnswer
      throw CRIError(kind, endpoint, detail: Self.detail("\(error.code)", error.message))
    } catch {
      throw CRIError(.noAnswer, endpoint, detail: Self.detail("unknown", "\(error)"))
    }
  }

  /// Checks the socket before connecting, because the transport's errors are less specific.
  private func checkSocket() throws(CRIError) {
    var status = stat()
    guard unsafe stat(endpoint.path, &status) == 0 else {
      throw CRIError(errno == EACCES ? .refused : .missing, endpoint)
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw CRIError(.notSocket, endpoint) }
    guard unsafe access(endpoint.path, R_OK | W_OK) == 0 else { throw CRIError(.refused, endpoint) }
  }

  /// The maximum length of an error's detail in bytes.
  private static let maxDetailBytes = 200

  /// Joins a code and its message on one line. Messages of servers may be blank or long, and have several lines.
  private static func detail(_ code: String, _ message: String) -> String {
    var detail = code
    for scalar in (message.allSatisfy(\.isWhitespace) ? ", without a message" : ": \(message)").unicodeScalars
    {
      guard detail.utf8.count + UTF8.width(scalar) <= maxDetailBytes else { break }
      detail.unicodeScalars.append(Character(scalar).isNewline ? " " : scalar)
    }
    return detail
  }
}
