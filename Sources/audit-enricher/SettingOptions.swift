import ArgumentParser
import EnrichedLog
import EnricherService

/// Options that most commands have. Each is an environment variable and a key of the configuration file, too.
struct LineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "klog, json, or journald: fields for journalctl. (default: klog)", valueName: "format"),
    completion: .values(RecordFormat.Style.self))
  var format: String?

  @Option(
    help: ArgumentHelp("basic or full. (default: full)", valueName: "fields"),
    completion: .values(RecordFormat.Fields.self))
  var fields: String?

  @Option(
    help: ArgumentHelp(
      "Where lines go: - is standard output; a file is opened anew on SIGHUP. (default: -)",
      valueName: "file"),
    completion: .file())
  var output: String?

  @Option(help: "The machine's name in each line. (default: $NODE_NAME, else the host name)")
  var node: String?

  @Option(
    help: ArgumentHelp("Lines of host processes: keep or drop. (default: keep)", valueName: "keep|drop"),
    completion: .values(Settings.HostProcesses.self))
  var hostProcesses: String?

  var flags: [SettingKey: String?] {
    [
      .format: format, .fields: fields, .output: output, .node: node, .hostProcesses: hostProcesses,
    ]
  }
}

/// Options of the commands that look at this machine.
struct NodeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The container runtime: unix:///PATH or none. (default: containerd, CRI-O or cri-dockerd, where it is usually)",
      valueName: "url"))
  var criEndpoint: String?

  @Option(
    help: ArgumentHelp("Where the host's /proc is mounted. (default: /proc)", valueName: "directory"),
    completion: .directory)
  var procRoot: String?

  @Option(
    help: ArgumentHelp(
      "The configuration file. (default: \(SettingsReader.defaultFile), if it is there)", valueName: "file"),
    completion: .file())
  var config: String?

  var flags: [SettingKey: String?] { [.criEndpoint: criEndpoint, .procRoot: procRoot] }

  /// Reads all settings, with the flags of this and other groups of options.
  func settings(_ others: [SettingKey: String?]...) throws -> Settings {
    try sources(others).read()
  }

  /// Where all settings are said.
  func sources(_ others: [SettingKey: String?]...) -> SettingSources { sources(others) }

  private func sources(_ others: [[SettingKey: String?]]) -> SettingSources {
    var given = flags.compactMapValues(\.self)
    for other in others { given.merge(other.compactMapValues(\.self)) { $1 } }
    return SettingSources(flags: given, file: config)
  }
}

/// The flags, this process's environment, and the configuration file, which may change while we run.
struct SettingSources: Sendable {
  var flags: [SettingKey: String]
  var file: String?

  func read() throws(SettingsReader.Invalid) -> Settings {
    try SettingsReader.read(flags: flags, file: file, environment: AuditEnricher.environment)
  }

  func examine() -> SettingsReader.Reading {
    SettingsReader.examine(flags: flags, file: file, environment: AuditEnricher.environment)
  }
}

extension CompletionKind {
  /// What a shell offers where a setting is one of a few words.
  static func values<Value: CaseIterable & RawRepresentable<String>>(_: Value.Type) -> CompletionKind {
    .list(Value.allCases.map(\.rawValue))
  }
}
