internal import ContainerRuntime

extension Doctor {
  /// Whether the container runtime answers this process, and what it has.
  func containerRuntime() async -> (finding: Finding, containers: [ContainerIdentity]) {
    let check = "container runtime"
    let candidates = settings.runtime.candidates
    guard !candidates.isEmpty else {
      return (
        .warning(check, "none, as asked for: containers will have no names", remedy: "set --cri-endpoint"), []
      )
    }
    var failure: CRIError?
    for endpoint in candidates {
      do throws(CRIError) {
        let client = connect(endpoint)
        let version = try await client.version()
        let containers = try await client.containers()
        let found =
          "\(version.name) \(version.version) at \(endpoint), \(containers.count) containers and sandboxes"
        return (.ok(check, found), containers)
      } catch {
        if failure == nil || error.kind != .missing { failure = error }
      }
    }
    let finding = Finding.failed(
      check, failure.map { "\($0)" } ?? "none",
      remedy: "\(failure?.kind.remedy ?? ""); until it answers records have container IDs, but no names")
    return (finding, [])
  }
}

extension CRIError.Kind {
  fileprivate var remedy: String {
    switch self {
    case .missing: "start it, or name its socket with --cri-endpoint"
    case .notSocket, .notCRI: "name the runtime's CRI socket with --cri-endpoint"
    case .refused:
      "run as root, or as a member of the group that owns the socket (SupplementaryGroups= in a unit)"
    case .noAnswer: "look at the runtime: systemctl status containerd, crictl info"
    }
  }
}
