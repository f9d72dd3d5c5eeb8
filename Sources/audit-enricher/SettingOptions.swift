import ArgumentParser
import Settings

/// Options that most commands have. Each one is a setting, which can also be an environment variable or a key of the configuration file.
struct LineOptions: ParsableArguments {
  @Option(.records) var records: String?
  @Option(.format) var format: String?
  @Option(.fields) var fields: String?
  @Option(.output) var output: String?
  @Option(.node) var node: String?
  @Option(.hostProcesses) var hostProcesses: String?
  @Option(.aggregate) var aggregate: String?

  var flags: [Setting: String?] {
    [
      .records: records, .format: format, .fields: fields, .output: output, .node: node,
      .hostProcesses: hostProcesses, .aggregate: aggregate,
    ]
  }
}

/// Options of the commands that read this machine's containers and processes.
struct NodeOptions: ParsableArguments {
  @Option(.criEndpoint) var criEndpoint: String?
  @Option(.procRoot) var procRoot: String?

  @Option(
    help: ArgumentHelp(
      "The configuration file. (default: \(SettingsReader.defaultFile), if it exists)", valueName: "file"),
    completion: .file())
  var config: String?

  var flags: [Setting: String?] { [.criEndpoint: criEndpoint, .procRoot: procRoot] }

  /// Reads all settings, including the flags of this and other option groups.
  func settings(_ others: [Setting: String?]...) throws -> Settings {
    try sources(others).read()
  }

  /// The sources of all settings.
  func sources(_ others: [Setting: String?]...) -> SettingSources { sources(others) }

  private func sources(_ others: [[Setting: String?]]) -> SettingSources {
    var given = flags.compactMapValues(\.self)
    for other in others { given.merge(other.compactMapValues(\.self)) { $1 } }
    return SettingSources(flags: given, file: config)
  }
}

/// The flags, this process's environment, and the configuration file, which may change while the program runs.
struct SettingSources: Sendable {
  var flags: [Setting: String]
  var file: String?

  func read() throws(SettingsReader.Invalid) -> Settings {
    try SettingsReader.read(flags: flags, file: file, environment: AuditEnricher.environment)
  }

  func examine() -> SettingsReader.Reading {
    SettingsReader.examine(flags: flags, file: file, environment: AuditEnricher.environment)
  }
}

extension Option where Value == String? {
  /// An option for a setting, with the name and help of its declaration.
  init(_ setting: Setting) {
    let completion: CompletionKind =
      switch setting.completion {
      case .none: setting.choices.isEmpty ? .default : .list(setting.choices)
      case .file: .file()
      case .directory: .directory
      }
    self.init(
      name: .customLong(setting.name),
      help: ArgumentHelp(
        "\(setting.summary) (default: \(setting.defaultText))", valueName: setting.valueName),
      completion: completion)
  }
}
