public import EnrichedLog

/// Whether records of processes outside of containers become lines.
public enum HostProcesses: String, Sendable, CaseIterable {
  case keep, drop
}

/// What decides which lines records become. All of it can change while records are read.
public struct EnrichmentOptions: Sendable {
  public var format = RecordFormat.Style.klog
  public var fields = RecordFormat.Fields.full
  /// The machine's name.
  public var node = ""
  /// Whether the name goes before the one that a log's line states.
  public var nodeOverridesLog = false
  public var hostProcesses = HostProcesses.keep
  /// Lines a second of one container, at most; nil for no limit.
  public var recordsPerContainer: Int?
  /// Whether records are counted by container and syscall, for metrics.
  public var countsSeries = false
  /// Whether a container runtime can be asked for names.
  public var hasRuntime = false

  public init() {}
}
