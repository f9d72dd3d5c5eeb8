internal import Cgroups
internal import ContainerRuntime

extension Doctor {
  /// The answers of the container runtime.
  struct Runtime {
    var finding: Finding
    var containers: [ContainerIdentity] = []
    /// The filters of running containers, as far as the runtime reports them.
    var security: [ContainerID: ContainerSecurity] = [:]
  }

  /// The maximum number of containers whose filters are requested. Each is a request of about a millisecond.
  private static let maxSecurity = 2048

  /// Checks whether the container runtime answers this process.
  func containerRuntime() async -> Runtime {
    let check = "container runtime"
    guard settings.runtime != .none else {
      return Runtime(
        finding: .warning(
          check, "switched off (none): containers will have no names", remedy: "set --cri-endpoint"))
    }
    do throws(CRIError) {
      let (endpoint, (version, containers)) = try await settings.runtime.ask(
        connect, isGood: { !$0.1.isEmpty }
      ) { (client) async throws(CRIError) in
        (try await client.version(), try await client.containers(keeping: settings.keys))
      }
      let found =
        "\(version.name) \(version.version) at \(endpoint), \(containers.count) containers and sandboxes"
      let running = containers.lazy.filter { $0.isRunning && !$0.container.isEmpty }.map(\.id)
      // A runtime that does not report them answers everything else.
      let reports = try? await connect(endpoint).reports(
        of: Array(running.prefix(Self.maxSecurity)), withLabels: false)
      return Runtime(
        finding: .ok(check, found), containers: containers, security: reports?.mapValues(\.security) ?? [:])
    } catch {
      let remedy = "\(error.kind.remedy); until it answers, records have container IDs, but no names"
      return Runtime(finding: .failed(check, "\(error)", remedy: remedy))
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
