package import AuditRecord
package import ContainerRuntime
package import EnrichedLog
package import LogOutput
package import Enrichment
package import Metrics

/// The program's complete and validated configuration. `SettingsReader` reads it; `Setting` declares its parts.
package struct Settings: Sendable {
  package enum Source: Equatable, Sendable {
    /// The socket inherited from systemd, or else multicast.
    case auto
    case multicast
    case unicast
    case file(String)
  }

  package enum Runtime: Equatable, Sendable {
    /// The first well-known socket that answers.
    case search
    case endpoint(RuntimeEndpoint)
    case none
  }

  package var source = Source.auto
  /// The kinds of records that become lines.
  package var records = RecordKinds.all
  package var format = RecordFormat.Style.klog
  package var fields = RecordFormat.Fields.full
  /// A file's path, `-` for standard output, or `journald`.
  package var output = "-"
  /// The machine's name in every line.
  package var node = ""
  /// Whether the node's name was set, or is the machine's host name.
  package var isNodeConfigured = false
  package var runtime = Runtime.search
  package var procRoot = "/proc"
  package var hostProcesses = HostProcesses.keep
  /// Which containers' records become lines.
  package var lines = ContainerChoice.all
  /// Which containers are recorded.
  package var recording = RecordingChoice.none
  /// nil if metrics are not served.
  package var metrics: MetricsAddress?

  /// The maximum of lines per second for one container; nil for no limit.
  package var recordsPerContainer: Int?
  /// How often, in milliseconds, counted records become lines; nil if each record has a line.
  package var aggregation: Int64?

  package init() {}

  /// Where lines or entries are written. The format `journald` is an older name of that output.
  package var destination: RecordOutput.Destination {
    output == "journald" || format == .journald ? .journal : .file(output)
  }

  /// The labels and annotations of pods that the settings need.
  package var keys: PodMetadata.Keys {
    var keys = recording.keys
    keys.formUnion(lines.keys)
    return keys
  }

  /// The settings that decide how records become lines.
  package var enrichment: EnrichmentOptions {
    var options = EnrichmentOptions()
    options.kinds = records
    options.format = format
    options.fields = fields
    options.node = node
    options.isNodeConfigured = isNodeConfigured
    options.hostProcesses = hostProcesses
    options.recordsPerContainer = recordsPerContainer
    options.aggregation = aggregation
    options.lines = lines
    options.recording = recording
    options.countsSeries = metrics != nil
    options.hasRuntime = !runtime.candidates.isEmpty
    return options
  }
}
