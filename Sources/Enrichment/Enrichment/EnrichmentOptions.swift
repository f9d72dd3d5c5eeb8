package import AuditRecord
package import ContainerRuntime
package import EnrichedLog

/// Whether records of processes outside of containers become lines.
package enum HostProcesses: String, Sendable, CaseIterable {
  case keep, drop
}

/// The options that determine the output for each record. All of them can change while records are read.
package struct EnrichmentOptions: Sendable {
  /// The kinds of records that become lines.
  package var kinds = RecordKinds.all
  package var format = RecordFormat.Style.klog
  package var fields = RecordFormat.Fields.full
  /// The machine's name.
  package var node = ""
  /// Whether `node` replaces the node name in a log line.
  package var isNodeConfigured = false
  package var hostProcesses = HostProcesses.keep
  /// The maximum number of lines per second for one container; nil for no limit.
  package var recordsPerContainer: Int?
  /// How often, in milliseconds, the records that were counted become lines; nil if each record has a line.
  package var aggregation: Int64?
  /// Which containers' records become lines.
  package var lines = ContainerChoice.all
  /// Which containers are recorded.
  package var recording = RecordingChoice.none
  /// Whether records are counted by container and syscall, for metrics.
  package var countsSeries = false
  /// Whether a container runtime can be asked for names.
  package var hasRuntime = false

  package init() {}
}
