package import ContainerRuntime
internal import EnrichedLog
internal import FoundationEssentials
internal import ProcFS
package import Settings
package import Snapshots
internal import TextTables

/// The containers that the runtime knows, without pod sandboxes.
package struct ContainerList: Sendable {
  package let containers: [ContainerIdentity]

  /// Asks the runtime. Throws if none answers.
  package init(settings: Settings, connect: RuntimeConnector) async throws {
    containers = try await settings.runtimeContainers(connect).filter { !$0.container.isEmpty }
      .sorted { ($0.namespace, $0.pod, $0.container) < ($1.namespace, $1.pod, $1.container) }
  }

  /// A table with one line per container. The longest value determines a column's width.
  package func table() -> String {
    var table = TextTable(["CONTAINER", "NAMESPACE", "POD", "NAME", "POD UID"])
    for container in containers {
      table.append(
        [
          String("\(container.id)".prefix(13)), container.namespace, container.pod, container.container,
          container.podUID,
        ].map(\.printable))
    }
    return table.text
  }

  /// A JSON array of objects with the keys of a snapshot's containers.
  package func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding strings cannot fail.
    guard let data = try? encoder.encode(containers.map(NodeSnapshot.Container.init)) else { return "[]" }
    return String(decoding: data, as: UTF8.self)
  }
}

extension Settings {
  /// The runtime's containers and sandboxes; empty if the settings disable the runtime.
  func runtimeContainers(_ connect: RuntimeConnector) async throws(CRIError) -> [ContainerIdentity] {
    guard runtime != .none else { return [] }
    return try await runtime.containers(connect).answer
  }

  /// Captures this machine's containers and processes.
  package func snapshot(connect: RuntimeConnector) async throws -> NodeSnapshot {
    NodeSnapshot(
      node: node, containers: try await runtimeContainers(connect), procFS: ProcFS(root: procRoot))
  }
}
