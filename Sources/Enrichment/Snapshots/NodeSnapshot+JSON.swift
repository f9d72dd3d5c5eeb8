internal import Cgroups
package import ContainerRuntime
internal import EnrichedLog
internal import FoundationEssentials
internal import LinuxSystem

/// The JSON form of a snapshot.
extension NodeSnapshot {
  /// Why a file is not a snapshot.
  package struct Invalid: Error, CustomStringConvertible, Sendable {
    package var description: String
  }

  /// Reads a snapshot from a file of at most 256 MiB. Unknown keys are ignored.
  package init(path: String) throws(Invalid) {
    let text: String
    do { text = try SmallFile.read(path, maxCount: 256 << 20) } catch {
      throw Invalid(
        description: "cannot read the snapshot \(path): \(String(describing: error).lowercased())")
    }
    try self.init(json: text, name: path)
  }

  /// Parses a snapshot's text. `name` identifies it in messages.
  package init(json text: String, name: String) throws(Invalid) {
    let form: Form
    do { form = try JSONDecoder().decode(Form.self, from: Data(text.utf8)) } catch {
      throw Invalid(
        description:
          "\(name) is not a snapshot: \(Self.explain(error)) (create one with 'audit-enricher snapshot')")
    }
    guard form.version == 1 else {
      throw Invalid(
        description: "\(name) is a snapshot of version \(form.version); this program reads version 1")
    }
    self.init(node: form.node, time: form.time, containers: [], processes: [:])
    for container in form.containers {
      containers.append(
        ContainerIdentity(
          id: try Self.id(container.id, in: name), namespace: container.namespace, pod: container.pod,
          container: container.name, podUID: container.podUID ?? ""))
    }
    for process in form.processes {
      guard form.time == nil || process.start != nil else {
        throw Invalid(
          description:
            "\(name) is not a snapshot: a process has no 'start' (create one with 'audit-enricher snapshot')")
      }
      let owner: ProcessOwner =
        if let container = process.container {
          .container(try Self.id(container, in: name))
        } else if let id = process.containerID, let runtime = process.runtime {
          .foreign(ForeignContainer(try Self.runtime(runtime, in: name), id))
        } else {
          .host(unit: process.unit)
        }
      processes[process.pid] = Process(owner, start: form.time == nil ? nil : process.start)
    }
  }

  /// The snapshot as JSON text, with keys in a fixed order.
  package func json() -> String {
    let form = Form(
      version: 1, node: node, time: time,
      containers: containers.map(Container.init).sorted { $0.id < $1.id },
      processes: processes.sorted { $0.key < $1.key }.map { pid, process in
        switch process.owner {
        case .container(let id): Form.Process(pid: pid, start: process.start, container: "\(id)")
        case .foreign(let container):
          Form.Process(
            pid: pid, start: process.start, containerID: container.id, runtime: container.runtime.rawValue)
        case .host(let unit): Form.Process(pid: pid, start: process.start, unit: unit)
        }
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding cannot fail for strings and integers.
    guard let data = try? encoder.encode(form) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// The JSON form of a container.
  package struct Container: Codable {
    var id: String
    var name: String
    var namespace: String
    var pod: String
    var podUID: String?

    package init(_ identity: ContainerIdentity) {
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
      var start: Int64?
      /// The ID of a CRI container.
      var container: String?
      /// The ID of a container whose runtime does not serve the CRI.
      var containerID: String?
      var runtime: String?
      var unit: String?
    }
    var version: Int
    var node: String
    var time: Int64?
    var containers: [Container]
    var processes: [Process]
  }

  private static func id(_ text: String, in name: String) throws(Invalid) -> ContainerID {
    guard let id = ContainerID(text) else {
      throw Invalid(description: "\(name) is not a snapshot: '\(text.printable)' is not a container ID")
    }
    return id
  }

  private static func runtime(
    _ text: String, in name: String
  ) throws(Invalid) -> ForeignContainer.Runtime {
    guard let runtime = ForeignContainer.Runtime(rawValue: text) else {
      throw Invalid(description: "\(name) is not a snapshot: '\(text.printable)' is not a container runtime")
    }
    return runtime
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
