package import ContainerRuntime
package import EnrichedLog
package import Enrichment
package import Metrics

/// How the program was configured: complete and validated. `SettingsReader` reads it, `Setting` declares its parts.
package struct Settings: Sendable {
  package enum Source: Equatable, Sendable {
    /// The socket that systemd handed over, else multicast.
    case auto
    case multicast
    case unicast
    case file(String)
  }

  package enum Runtime: Equatable, Sendable {
    /// The first of the well-known sockets that answers.
    case search
    case endpoint(RuntimeEndpoint)
    case none
  }

  package var source = Source.auto
  package var format = RecordFormat.Style.klog
  package var fields = RecordFormat.Fields.full
  /// A file's path, `-` for standard output, or `journald`.
  package var output = "-"
  /// The machine's name in every line.
  package var node = ""
  /// Whether the name was set, or is only the machine's own.
  package var nodeWasSet = false
  package var runtime = Runtime.search
  package var procRoot = "/proc"
  package var hostProcesses = HostProcesses.keep
  /// nil for no metrics.
  package var metrics: MetricsAddress?

  /// Lines a second of one container, at most; nil for no limit.
  package var recordsPerContainer: Int?

  package init() {}

  /// Where lines or entries go. The format `journald` is an older name of the output.
  package var destination: RecordOutput.Destination {
    output == "journald" || format == .journald ? .journal : .file(output)
  }

  /// What of them decides which lines records become.
  package var enrichment: EnrichmentOptions {
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
