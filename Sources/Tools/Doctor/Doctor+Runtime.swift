internal import ContainerRuntime

extension Doctor {
  /// Checks whether the container runtime answers this process. Also returns the runtime's containers.
  func containerRuntime() async -> (finding: Finding, containers: [ContainerIdentity]) {
    let check = "container runtime"
    guard settings.runtime != .none else {
      return (
        .warning(check, "switched off (none): containers will have no names", remedy: "set --cri-endpoint"),
        []
      )
    }
    do throws(CRIError) {
      let (endpoint, (version, containers)) = try await settings.runtime.ask(
        connect, isGood: { !$0.1.isEmpty }
      ) {
        (client) async throws(CRIError) in (try await client.version(), try await client.containers())
      }
      let found =
        "\(version.name) \(version.version) at \(endpoint), \(containers.count) containers and sandboxes"
      return (.ok(check, found), containers)
    } catch {
      let remedy = "\(error.kind.remedy); until it answers, records have container IDs, but no names"
      return (.failed(check, "\(error)", remedy: remedy), [])
    }
  }
}

extension CRIError.Kind {
  fileprivate var remedy: String {
    switch self {
    case .missing: "start it, or name its socket with --cri-endpoint"
    case .notSocket, .notCRI: "name the runtime's CRI socket with --cri-endpoint"
    case .refused:
      "run as root, or as a member of the group that owns the socket (SupplementaryGroups= in a unit)"
    case .noAnswer: "check the runtime: systemctl status containerd, crictl info"
    }
  }
}
