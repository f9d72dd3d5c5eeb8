internal import AuditSource
public import ContainerRuntime
internal import EnrichedLog
internal import FoundationEssentials
internal import LinuxSystem
public import ProcessTable

/// A node's containers and processes at one time, so that its log can be enriched elsewhere.
///
///     {"version":1,"node":"worker-1",
///      "containers":[{"id":"<64 hex>","name":"redis","namespace":"scp-ns","pod":"scp-test-pod","podUID":"..."}],
///      "processes":[{"pid":3723190,"container":"<64 hex>"},{"pid":812,"unit":"sshd.service"},
///                   {"pid":915,"containerID":"c1","runtime":"lxc"}]}
public struct NodeSnapshot: Sendable {
  public var node: String
  public var containers: [ContainerIdentity]
  public var processes: [Int32: ProcessOwner]

  /// Why a file is no snapshot.
  public struct Invalid: Error, CustomStringConvertible, Sendable {
    public var description: String
  }

  public init(node: String, containers: [ContainerIdentity], processes: [Int32: ProcessOwner]) {
    self.node = node
    self.containers = containers
    self.processes = processes
  }

  /// Looks at all processes of this machine.
  public init(node: String, containers: [ContainerIdentity], procFS: ProcFS) {
    self.init(node: node, containers: containers, processes: [:])
    for pid in procFS.processes() { processes[pid] = procFS.owner(of: pid) }
  }

  /// Reads a snapshot's file, at most 256 MiB. Keys that are not known are passed over.
  public init(path: String) throws(Invalid) {
    let text: String
    do { text = try SmallFile.read(path, most: 256 << 20) } catch {
      throw Invalid(
        description: "cannot read the snapshot \(path): \(String(describing: error).lowercased())")
    }
    try self.init(json: text, name: path)
  }

  /// Reads a snapshot's text. `name` is what messages call it.
  public init(json text: String, name: String) throws(Invalid) {
    let form: Form
    do { form = try JSONDecoder().decode(Form.self, from: Data(text.utf8)) } catch {
      throw Invalid(
        description:
          "\(name) is no snapshot: \(Self.explain(error)) (make one with 'audit-enricher snapshot')")
    }
    guard form.version == 1 else {
      throw Invalid(
        description: "\(name) is a snapshot of version \(form.version); this program reads version 1")
    }
    node = form.node
    containers = []
    for container in form.containers {
      guard let id = ContainerID(container.id) else {
        throw Invalid(
          description: "\(name) is no snapshot: '\(container.id.printable)' is no container ID")
      }
      containers.append(
        ContainerIdentity(
          id: id, namespace: container.namespace, pod: container.pod, container: container.name,
          podUID: container.podUID ?? ""))
    }
    processes = [:]
    for process in form.processes {
      if let container = process.container {
        guard let id = ContainerID(container) else {
          throw Invalid(
            description: "\(name) is no snapshot: '\(container.printable)' is no container ID")
        }
        processes[process.pid] = .container(id)
      } else if let id = process.containerID, let runtimeName = process.runtime {
        guard let runtime = ForeignContainer.Runtime(rawValue: runtimeName) else {
          throw Invalid(
            description: "\(name) is no snapshot: '\(runtimeName.printable)' is no container runtime")
        }
        processes[process.pid] = .foreign(ForeignContainer(runtime, id))
      } else {
        processes[process.pid] = .host(unit: process.unit)
      }
    }
  }

  /// The snapshot as JSON text, keys in a fixed order.
  public func json() -> String {
    let form = Form(
      version: 1, node: node,
      containers: containers.map(Container.init).sorted { $0.id < $1.id },
      processes: processes.sorted { $0.key < $1.key }.map { pid, owner in
        switch owner {
        case .container(let id): Form.Process(pid: pid, container: "\(id)")
        case .foreign(let container):
          Form.Process(pid: pid, containerID: container.id, runtime: container.runtime.rawValue)
        case .host(let unit): Form.Process(pid: pid, unit: unit)
        }
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and integers can always be encoded.
    guard let data = try? encoder.encode(form) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// A container as it stands in JSON.
  struct Container: Codable {
    var id: String
    var name: String
    var namespace: String
    var pod: String
    var podUID: String?

    init(_ identity: ContainerIdentity) {
      id = "\(identity.id)"
      name = identity.container
      namespace = identity.namespace
      pod = identity.pod
      podUID = identity.podUID
    }
  }

  private struct Form: Codable {
    struct Process: Codable {
      var pid: Int32
      /// Of the CRI.
      var container: String?
      /// Of a runtime without CRI.
      var containerID: String?
      var runtime: String?
      var unit: String?
    }
    var version: Int
    var node: String
    var containers: [Container]
    var processes: [Process]
  }

  private static func explain(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "it has no '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: ".").printable)' has the wrong type"
    default: "it is not JSON"
    }
  }
}
