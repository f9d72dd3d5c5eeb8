internal import Configuration
internal import ContainerRuntime
internal import EnrichedLog
internal import Glibc

/// Reads the settings: flags over environment over file over defaults.
public enum SettingsReader {
  /// What is wrong, where it was said, and what to say instead.
  public struct Invalid: Error, CustomStringConvertible, Sendable {
    /// Whether a flag is to blame, or a variable or file.
    public var isUsage: Bool
    public var description: String
  }

  /// Where the file is unless `--config` or its variable names another. This one may be missing.
  public static let defaultFile = "/etc/audit-enricher/audit-enricher.conf"

  /// The settings, as far as they are right, and all that is wrong.
  public struct Reading: Sendable {
    public var settings = Settings()
    public var problems: [Invalid] = []
    /// Each key with its value, or its default, and where that was said.
    public var values: [(key: SettingKey, text: String, place: String)] = []
  }

  /// Reads and checks everything. `flags` holds the options that were given. Throws the first of what is wrong.
  public static func read(
    flags: [SettingKey: String], file: String? = nil, environment: [String: String]
  ) throws(Invalid) -> Settings {
    let reading = examine(flags: flags, file: file, environment: environment)
    if let first = reading.problems.first { throw first }
    return reading.settings
  }

  /// Reads and checks everything, to the end.
  public static func examine(
    flags: [SettingKey: String], file: String? = nil, environment: [String: String]
  ) -> Reading {
    var reading = Reading()
    // Variables of other programs begin otherwise; one of ours that we do not know is a mistake.
    for name in environment.keys.sorted()
    where name.hasPrefix(SettingKey.variablePrefix) && name != SettingKey.configVariable {
      guard SettingKey(variable: name) == nil else { continue }
      reading.problems.append(
        Invalid(
          isUsage: false,
          description: "unknown environment variable \(name.printable)\(SettingKey.suggestion(for: name))"))
    }
    let named = file ?? environment[SettingKey.configVariable]
    let file = SettingsFile(path: named ?? defaultFile, mayBeMissing: named == nil)
    reading.problems += file.problems.map { Invalid(isUsage: false, description: $0) }

    let reader = ConfigReader(providers: [
      EnvironmentVariablesProvider(
        environmentVariables: Dictionary(
          uniqueKeysWithValues: flags.map { ($0.key.variable, $0.value) })),
      EnvironmentVariablesProvider(environmentVariables: environment),
      EnvironmentVariablesProvider(environmentVariables: file.lines.mapValues(\.value)),
    ])
    func place(_ key: SettingKey) -> (isUsage: Bool, name: String) {
      if flags[key] != nil { return (true, key.flag) }
      if environment[key.variable] != nil { return (false, "\(key.variable) in the environment") }
      return (false, "\(file.path), line \(file.lines[key.variable]?.number ?? 0): \(key.variable)")
    }
    for key in SettingKey.allCases {
      let name = ConfigKey(key.variable.lowercased().split(separator: "_").map(String.init))
      guard let text = reader.string(forKey: name) else {
        reading.values.append((key, key.defaultText, "default"))
        continue
      }
      let place = place(key)
      reading.values.append((key, text, place.name))
      if let wanted = set(key, to: text, &reading.settings) {
        reading.problems.append(
          Invalid(
            isUsage: place.isUsage,
            description: "\(place.name): '\(text.printable)' is not valid: it must be \(wanted)"))
      }
    }
    setNode(&reading.settings, environment)
    return reading
  }

  private static func setNode(_ settings: inout Settings, _ environment: [String: String]) {
    if !settings.nodeWasSet, let name = environment["NODE_NAME"], !name.isEmpty {
      settings.node = name
      settings.nodeWasSet = true
    }
    if !settings.nodeWasSet { settings.node = hostName() }
  }

  /// Takes a value over, or says what it must be.
  package static func set(_ key: SettingKey, to text: String, _ settings: inout Settings) -> String? {
    func store<Value>(_ value: Value?, _ part: WritableKeyPath<Settings, Value>, _ wanted: String) -> String?
    {
      guard let value else { return wanted }
      settings[keyPath: part] = value
      return nil
    }
    func choose<Value: RawRepresentable<String> & CaseIterable>(
      _ part: WritableKeyPath<Settings, Value>
    ) -> String? {
      store(Value(rawValue: text), part, Value.allCases.map(\.rawValue).joined(separator: " or "))
    }
    // A path would end there, and another file be opened.
    if text.utf8.contains(0) { return "text without NUL bytes" }
    switch key {
    case .source: return store(source(text), \.source, "auto, multicast, unicast or a file's path")
    case .format: return choose(\.format)
    case .fields: return choose(\.fields)
    case .output: return store(nonEmpty(text), \.output, "- or a file's path")
    case .node:
      settings.nodeWasSet = nonEmpty(text) != nil
      return store(nonEmpty(text), \.node, "a name")
    case .criEndpoint: return store(runtime(text), \.runtime, "unix:///PATH or none")
    case .procRoot:
      return store(text.hasPrefix("/") ? text : nil, \.procRoot, "a directory's absolute path")
    case .hostProcesses: return choose(\.hostProcesses)
    case .maxRecordsPerContainer:
      return store(limit(text), \.recordsPerContainer, "a number a second, such as 1000/s, or none")
    case .metricsListen:
      guard text != "none" else {
        settings.metrics = nil
        return nil
      }
      return store(MetricsAddress(text).map(Optional.some), \.metrics, "HOST:PORT, unix:PATH or none")
    }
  }

  // MARK: Values

  private static func nonEmpty(_ text: String) -> String? {
    text.isEmpty ? nil : text
  }

  private static func source(_ text: String) -> Settings.Source? {
    switch text {
    case "": nil
    case "auto": .auto
    case "multicast": .multicast
    case "unicast": .unicast
    // A word without a slash is more likely a misspelt source than a file.
    default: text.contains("/") || text.contains(".") ? .file(text) : nil
    }
  }

  private static func runtime(_ text: String) -> Settings.Runtime? {
    text == "none" ? Settings.Runtime.none : RuntimeEndpoint(url: text).map { .endpoint($0) }
  }

  /// `1000/s`, or `none`, which is a limit that is nil.
  private static func limit(_ text: String) -> Int?? {
    if text == "none" { return .some(nil) }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "s", let number = UInt32(digits: parts[0]), number > 0 else {
      return nil
    }
    return Int(number)
  }

  private static func hostName() -> String {
    // A name has 64 bytes at most. See: man 2 gethostname
    var name = [UInt8](repeating: 0, count: 256)
    _ = unsafe name.withUnsafeMutableBytes { unsafe gethostname($0.baseAddress!, $0.count - 1) }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }
}
