internal import Cgroups
package import ContainerRuntime
internal import EnrichedLog
internal import FoundationEssentials
internal import ProcFS
package import Recordings
package import Settings
package import Snapshots
internal import TextTables

/// The containers that the runtime knows, without pod sandboxes, with their filters and recordings.
package struct ContainerList: Sendable {
  package let containers: [ContainerIdentity]
  /// As far as the runtime reports it.
  private let security: [ContainerID: ContainerSecurity]
  /// Whether the processes of other containers have a filter.
  private let filtered: [ContainerID: Bool]
  private let recordings: [RecordingSubject: Recording]

  /// The maximum number of containers whose filters are requested. Each is a request of about a millisecond.
  private static let maxSecurity = 2048

  /// Asks the runtime. Throws if none answers. `recordings` are those of this node.
  package init(
    settings: Settings, recordings: [Recording], connect: RuntimeConnector
  ) async throws(CRIError) {
    let (containers, security) = try await Self.ask(settings.runtime, connect)
    self.containers = containers
    self.security = security
    self.recordings = Dictionary(recordings.map { ($0.subject, $0) }) { first, _ in first }
    let others = Set(containers.filter { $0.isRunning && security[$0.id] == nil }.map(\.id))
    filtered = others.isEmpty ? [:] : Self.filtered(others, ProcFS(root: settings.procRoot))
  }

  private static func ask(
    _ runtime: Settings.Runtime, _ connect: RuntimeConnector
  ) async throws(CRIError) -> ([ContainerIdentity], [ContainerID: ContainerSecurity]) {
    guard runtime != .none else { return ([], [:]) }
    return try await runtime.ask(connect, isGood: { !$0.0.isEmpty }) { (client) async throws(CRIError) in
      let containers = try await client.containers(keeping: .all).filter { !$0.container.isEmpty }
        .sorted { ($0.namespace, $0.pod, $0.container) < ($1.namespace, $1.pod, $1.container) }
      let reports = try await client.reports(
        of: containers.prefix(maxSecurity).map(\.id), withLabels: false)
      return (containers, reports.mapValues(\.security))
    }.answer
  }

  private static func filtered(_ containers: Set<ContainerID>, _ procFS: ProcFS) -> [ContainerID: Bool] {
    var filtered: [ContainerID: Bool] = [:]
    for pid in procFS.processes() {
      guard case .container(let id) = procFS.owner(of: pid), containers.contains(id),
        let hasFilter = procFS.hasFilter(pid)
      else { continue }
      // A process of the runtime may have none yet.
      filtered[id] = hasFilter || filtered[id] == true
    }
    return filtered
  }

  /// What the container's filter does; nil if that is not known.
  private func seccomp(of id: ContainerID) -> String? {
    security[id]?.summary ?? filtered[id].map { $0 ? "has a filter" : "none" }
  }

  private func recording(of container: ContainerIdentity) -> Recording? {
    let workload = PodWorkload(of: container).name
    return RecordingSubject(
      namespace: container.namespace, workload: workload, container: container.container
    ).flatMap { recordings[$0] }
  }

  /// A table with one line per container. The longest value determines a column's width.
  package func table() -> String {
    var table = TextTable(["CONTAINER", "NAMESPACE", "POD", "NAME", "POD UID", "SECCOMP", "RECORDED"])
    for container in containers {
      let recorded = recording(of: container).map {
        "\($0.syscalls), \($0.isComplete ? "complete" : "incomplete")"
      }
      table.append(
        [
          String("\(container.id)".prefix(13)), container.namespace, container.pod, container.container,
          container.podUID, seccomp(of: container.id) ?? "-", recorded ?? "-",
        ].map(\.printable))
    }
    return table.text
  }

  /// A JSON array of objects with the keys of a snapshot's containers, and others. What is not known is left out.
  package func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding strings cannot fail.
    guard let data = try? encoder.encode(containers.map(entry)) else { return "[]" }
    return String(decoding: data, as: UTF8.self)
  }

  private struct Entry: Encodable {
    struct Seccomp: Encodable {
      var summary: String
      var defaultAction: String?
      var noNewPrivileges: Bool?
      var privileged: Bool?
    }
    struct Recorded: Encodable {
      var syscalls: Int
      var complete: Bool
    }
    var container: NodeSnapshot.Container
    var image: String
    var labels: [String: String]
    var annotations: [String: String]
    var seccomp: Seccomp?
    var recorded: Recorded?

    private enum Key: CodingKey { case image, labels, annotations, seccomp, recorded }

    func encode(to encoder: any Encoder) throws {
      try container.encode(to: encoder)
      var keys = encoder.container(keyedBy: Key.self)
      try keys.encode(image, forKey: .image)
      try keys.encode(labels, forKey: .labels)
      try keys.encode(annotations, forKey: .annotations)
      try keys.encodeIfPresent(seccomp, forKey: .seccomp)
      try keys.encodeIfPresent(recorded, forKey: .recorded)
    }
  }

  private func entry(of container: ContainerIdentity) -> Entry {
    let security = security[container.id]
    return Entry(
      container: NodeSnapshot.Container(container), image: container.image,
      labels: container.podMetadata.labels, annotations: container.podMetadata.annotations,
      seccomp: seccomp(of: container.id).map {
        Entry.Seccomp(
          summary: $0, defaultAction: security?.filter?.defaultAction,
          noNewPrivileges: security?.noNewPrivileges, privileged: security?.isPrivileged)
      },
      recorded: recording(of: container).map {
        Entry.Recorded(syscalls: $0.syscalls, complete: $0.isComplete)
      })
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
