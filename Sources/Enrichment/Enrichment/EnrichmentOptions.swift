package import EnrichedLog

/// Whether records of processes outside of containers become lines.
package enum HostProcesses: String, Sendable, CaseIterable {
  case keep, drop
}

/// What decides which lines records become. All of it can change while records are read.
package struct EnrichmentOptions: Sendable {
  package var format = RecordFormat.Style.klog
  package var fields = RecordFormat.Fields.full
  /// The machine's name.
  package var node = ""
  /// Whether the name goes before the one that a log's line states.
  package var nodeOverridesLog = false
  package var hostProcesses = HostProcesses.keep
  /// Lines a second of one container, at most; nil for no limit.
  package var recordsPerContainer: Int?
  /// Whether records are counted by container and syscall, for metrics.
  package var countsSeries = false
  /// Whether a container runtime can be asked for names.
  package var hasRuntime = false

  package init() {}
}
