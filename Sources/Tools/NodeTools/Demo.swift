internal import AuditSource
internal import Cgroups
internal import ContainerRuntime
internal import EnrichedLog
internal import LogOutput
internal import Enrichment
internal import LinuxSystem
internal import ProcFS
internal import ProcessTracking
internal import SeccompProbe
package import Settings
internal import Snapshots

/// Shows the lines of a process under a real filter, so that users see what the service produces.
package struct Demo: Sendable {
  private let settings: Settings

  package init(settings: Settings) { self.settings = settings }

  /// What was shown.
  package enum Outcome: Sendable {
    /// Lines of this kernel's records.
    case live(lines: UInt64)
    /// Lines of the built-in sample, with the reason why there are no live ones.
    case sample(because: String)
  }

  /// Starts a child, shows its lines, and returns when all have arrived.
  package func run() async throws -> Outcome {
    try await OwnThread.run(named: "records") { [settings] in
      do {
        return .live(lines: try Self.live(settings))
      } catch let error as SourceError {
        try Self.sample(settings)
        return .sample(because: "\(error)")
      }
    }
  }

  private static func pipeline(_ settings: Settings, _ processes: ProcessSource) throws -> Pipeline {
    Pipeline(
      options: settings.enrichment, processes: processes, directory: ContainerDirectory(hasRuntime: false),
      store: try RecordStore(),
      output: try RecordOutput(settings.destination))
  }

  private static func live(_ settings: Settings) throws -> UInt64 {
    var source = try MulticastSource(types: [.seccomp])
    let probe = try SeccompProbe()
    let tracker = ProcessTracker(procFS: ProcFS(root: settings.procRoot), usesEvents: false)
    var pipeline = try pipeline(settings, .live(tracker))
    pipeline.onlyProcess = probe.pid
    var batch = RecordBatch()
    let deadline = ClockReading.now.sinceBoot + 5000
    while pipeline.counters.records < SeccompProbe.records, ClockReading.now.sinceBoot < deadline {
      source.wait(milliseconds: 100)
      _ = try source.read(into: &batch)
      try pipeline.process(batch, at: .now)
    }
    guard pipeline.counters.records > 0 else {
      throw SourceError(
        "no record of a process under a LOG filter arrived", nil,
        remedy: "see 'audit-enricher doctor'")
    }
    return pipeline.counters.records
  }

  /// Writes the line of a container's record as a kernel created it, with what a node knew of that container.
  private static func sample(_ settings: Settings) throws {
    let id = ContainerID(String(repeating: "4f0c", count: 16))
    let made: Int64 = 1_715_847_187_650
    var snapshot = NodeSnapshot(node: settings.node, time: made, containers: [], processes: [:])
    var directory = ContainerDirectory(hasRuntime: false)
    if let id {
      snapshot.processes[3_723_190] = NodeSnapshot.Process(.container(id), start: made)
      _ = directory.listed(
        [
          ContainerIdentity(
            id: id, namespace: "scp-ns", pod: "scp-test-pod", container: "redis",
            podUID: "6c5ff6f3-5bd1-4d54-9a5d-7f1ac8d5e6ea")
        ], at: 0)
    }
    var pipeline = Pipeline(
      options: settings.enrichment, processes: .snapshot(snapshot), directory: directory,
      store: try RecordStore(),
      output: try RecordOutput(settings.destination))
    var batch = RecordBatch()
    batch.replace(
      with:
        #"audit(1715847187.650:21196375): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=3723190 comm="redis-server" exe="/usr/local/bin/redis-server" sig=0 arch=c000003e syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000"#,
      type: .seccomp)
    try pipeline.process(batch, at: .now)
  }
}
