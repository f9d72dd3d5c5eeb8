internal import AuditSource
package import ContainerRuntime
internal import LinuxSystem
package import Metrics
package import Settings

/// Says whether records will arrive, be attributed and be written here, and what to do if not.
///
/// First it looks at what the kernel and the runtime give this process, then at what the service that runs here has.
package struct Doctor: Sendable {
  /// Gets the metrics page of a service that runs; throws what is to be told.
  package typealias Fetch = @Sendable (MetricsAddress) async throws -> String

  /// What the service should see here.
  struct Node {
    /// Containers that the runtime lists as running.
    var running: Int
    /// Processes of containers that have a seccomp filter.
    var filtered: Int
  }

  let settings: Settings
  let connect: RuntimeConnector
  let fetch: Fetch

  /// `connect` reaches the container runtime that the settings name.
  package init(settings: Settings, connect: @escaping RuntimeConnector, fetch: @escaping Fetch) {
    self.settings = settings
    self.connect = connect
    self.fetch = fetch
  }

  /// Makes all checks. Starts a process of its own under a LOG filter, writes a message to the journal, and changes nothing.
  package func examine() async -> [Finding] {
    var findings = [
      networkNamespace(), processNamespace(), cgroupVersion(), actionsLogged(), auditStatus(),
      excludeRules(), processEvents(),
    ]
    findings +=
      (try? await OwnThread.run(named: "records") { [settings] in Self.recordsArrive(settings) }) ?? []
    let runtime = await containerRuntime()
    let processes = ContainerProcesses(procRoot: settings.procRoot, known: runtime.containers)
    findings += [
      runtime.finding, containerProcesses(runtime.containers, processes), filters(processes),
      dropsAtSockets(), droppedByJournal(),
      droppedBeforeSyslog(), droppedByShipper(), output(),
      await journal(),
    ]
    let running = runtime.containers.count(where: \.isRunning)
    return findings + (await service(Node(running: running, filtered: processes.filtered)))
  }

  /// What to do where a source cannot be had.
  static func remedy(_ error: SourceError) -> String {
    error.remedy.isEmpty ? "run as root, in the host's namespaces" : error.remedy
  }
}
