public import ContainerRuntime
public import EnrichedLog
public import Enrichment
public import Metrics

/// How the program was configured: complete and validated. `SettingsReader` reads it, `Setting` declares its parts.
public struct Settings: Sendable {
  public enum Source: Equatable, Sendable {
    /// The socket that systemd handed over, else multicast.
    case auto
    case multicast
    case unicast
    case file(String)
  }

  public enum Runtime: Equatable, Sendable {
    /// The first of the well-known sockets that answers.
    case search
    case endpoint(RuntimeEndpoint)
    case none
  }

  public var source = Source.auto
  public var format = RecordFormat.Style.klog
  public var fields = RecordFormat.Fields.full
  /// A file's path, `-` for standard output, or `journald`.
  public var output = "-"
  /// The machine's name in every line.
  public var node = ""
  /// Whether the name was set, or is only the machine's own.
  public var nodeWasSet = false
  public var runtime = Runtime.search
  public var procRoot = "/proc"
  public var hostProcesses = HostProcesses.keep
  /// nil for no metrics.
  public var metrics: MetricsAddress?

  /// Lines a second of one container, at most; nil for no limit.
  public var recordsPerContainer: Int?

  public init() {}

  /// Where lines or entries go. The format `journald` is an older name of the output.
  public var destination: RecordOutput.Destination {
    output == "journald" || format == .journald ? .journal : .file(output)
  }

  /// What of them decides which lines records become.
  public var enrichment: EnrichmentOptions {
    var options = EnrichmentOptions()
    options.format = format
    options.fields = fields
    options.node = node
    options.nodeOverridesLog = nodeWasSet
    options.hostProcesses = hostProcesses
    options.recordsPerContainer = recordsPerContainer
    options.countsSeries = metrics != nil
    options.hasRuntime = !runtime.candidates.isEmpty
    return options
  }
}
