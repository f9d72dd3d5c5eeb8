internal import AuditSource
package import ContainerRuntime
internal import LinuxSystem
package import Metrics
package import Settings

/// Checks whether records will arrive, be attributed and be written on this machine, and says what to do if not.
///
/// First it checks what the kernel and the runtime provide to this process, then the service that runs here.
package struct Doctor: Sendable {
  /// Reads the metrics page of a running service. The error that it throws is shown to the user.
  package typealias Fetch = @Sendable (MetricsAddress) async throws -> String

  /// What the service should find on this machine.
  struct Node {
    /// The number of containers that the runtime lists as running.
    var running: Int
    /// The number of container processes that have a seccomp filter.
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

  /// Runs all checks. It starts a child process under a LOG filter and writes a message to the journal; it changes nothing else.
  package func examine() async -> [Finding] {
    var findings = [
      networkNamespace(), processNamespace(), cgroupVersion(), actionsLogged(), auditStatus(),
      excludeRules(), processEvents(),
    ]
    findings += securityModules()
    findings +=
      (try? await OwnThread.run(named: "records") { [settings] in Self.recordsArrive(settings) }) ?? []
    let runtime = await containerRuntime()
    let processes = ContainerProcesses(procRoot: settings.procRoot, known: runtime.containers)
    findings += [
      runtime.finding, containerProcesses(runtime.containers, processes), filters(processes),
      recording(runtime), dropsAtSockets(), droppedByJournal(),
      droppedBeforeSyslog(), droppedByShipper(), output(),
      await journal(),
    ]
    let running = runtime.containers.count(where: \.isRunning)
    return findings + (await service(Node(running: running, filtered: processes.filtered)))
  }

  /// What to do if a source cannot be opened.
  static func remedy(_ error: SourceError) -> String {
    error.remedy.isEmpty ? "run as root, in the host's namespaces" : error.remedy
  }
}
