internal import AuditSource
internal import Configuration
internal import ContainerRuntime
internal import EnrichedLog
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

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

  /// Reads and checks everything. `flags` holds the options that were given.
  public static func read(
    flags: [SettingKey: String], file: String? = nil, environment: [String: String]
  ) throws(Invalid) -> Settings {
    // Variables of other programs begin otherwise; one of ours that we do not know is a mistake.
    for name in environment.keys.sorted() where name.hasPrefix(SettingKey.variablePrefix) {
      guard name == SettingKey.configVariable || known(name) else {
        throw Invalid(
          isUsage: false,
          description: "unknown environment variable \(name)\(suggestion(for: name))")
      }
    }
    let named = file ?? environment[SettingKey.configVariable]
    let path = named ?? defaultFile
    let lines = try fileValues(path, mayBeMissing: named == nil)

    let reader = ConfigReader(providers: [
      EnvironmentVariablesProvider(
        environmentVariables: Dictionary(
          uniqueKeysWithValues: flags.map { ($0.key.variable, $0.value) })),
      EnvironmentVariablesProvider(environmentVariables: environment),
      EnvironmentVariablesProvider(environmentVariables: lines.mapValues(\.value)),
    ])
    func place(_ key: SettingKey) -> (isUsage: Bool, name: String) {
      if flags[key] != nil { return (true, key.flag) }
      if environment[key.variable] != nil { return (false, "\(key.variable) in the environment") }
      return (false, "\(path), line \(lines[key.variable]?.line ?? 0): \(key.variable)")
    }
    func value(_ key: SettingKey) -> String? {
      reader.string(forKey: ConfigKey(key.variable.lowercased().split(separator: "_").map(String.init)))
    }
    func set<Value>(
      _ key: SettingKey, _ wanted: String, _ parse: (String) -> Value?, _ store: (Value) -> Void
    ) throws(Invalid) {
      guard let text = value(key) else { return }
      guard let parsed = parse(text) else {
        let place = place(key)
        throw Invalid(
          isUsage: place.isUsage,
          description: "\(place.name): '\(text.printable)' is not valid: it must be \(wanted)")
      }
      store(parsed)
    }
    func oneOf<Value: RawRepresentable & CaseIterable>(
      _ type: Value.Type
    ) -> String where Value.RawValue == String {
      Value.allCases.map(\.rawValue).joined(separator: " or ")
    }

    var settings = Settings()
    try set(.source, "auto, multicast, unicast or a file's path", source) { settings.source = $0 }
    try set(.format, oneOf(RecordFormat.Style.self), RecordFormat.Style.init) { settings.format = $0 }
    try set(.fields, oneOf(RecordFormat.Fields.self), RecordFormat.Fields.init) {
      settings.fields = $0
    }
    try set(.output, "- or a file's path", nonEmpty) { settings.output = $0 }
    try set(.node, "a name", nonEmpty) {
      settings.node = $0
      settings.nodeWasSet = true
    }
    try set(.criEndpoint, "unix:///PATH or none", runtime) { settings.runtime = $0 }
    try set(.procRoot, "a directory's absolute path", { $0.hasPrefix("/") ? $0 : nil }) {
      settings.procRoot = $0
    }
    try set(.hostProcesses, oneOf(Settings.HostProcesses.self), Settings.HostProcesses.init) {
      settings.hostProcesses = $0
    }
    try set(.metricsListen, "none: this version has no metrics", { $0 == "none" ? $0 : nil }) { _ in }

    if !settings.nodeWasSet, let name = environment["NODE_NAME"], !name.isEmpty {
      settings.node = name
      settings.nodeWasSet = true
    }
    if !settings.nodeWasSet { settings.node = hostName() }
    return settings
  }

  // MARK: Values

  private static func nonEmpty(_ text: String) -> String? {
    text.isEmpty || text.utf8.contains(0) ? nil : text
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

  private static func hostName() -> String {
    // A name has 64 bytes at most. See: man 2 gethostname
    var name = [UInt8](repeating: 0, count: 256)
    _ = unsafe name.withUnsafeMutableBytes { unsafe gethostname($0.baseAddress!, $0.count - 1) }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }

  // MARK: The file

  private struct Line {
    var value: String
    var line: Int
  }

  /// The lines `NAME=value` of a file, as systemd's EnvironmentFile= reads them. The library's own reader of such files
  /// passes over what it does not understand, and has no line numbers.
  // See: man 5 systemd.exec
  private static func fileValues(
    _ path: String, mayBeMissing: Bool
  ) throws(Invalid) -> [String: Line] {
    let text: String
    do {
      text = try SmallFile.read(path)
    } catch {
      if mayBeMissing, error == .noSuchFileOrDirectory { return [:] }
      throw Invalid(
        isUsage: false,
        description:
          "cannot read the configuration file \(path): \(String(describing: error).lowercased())")
    }
    var values: [String: Line] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.trimmed
      if line.isEmpty || line.first == "#" || line.first == ";" { continue }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0].trimmed)
      guard parts.count == 2 else {
        throw Invalid(
          isUsage: false,
          description: "\(path), line \(index + 1): '\(name.printable)' is no NAME=value")
      }
      guard known(name) else {
        throw Invalid(
          isUsage: false,
          description:
            "\(path), line \(index + 1): unknown key '\(name.printable)'\(suggestion(for: name))")
      }
      var value = parts[1].trimmed
      if let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote {
        value = value.dropFirst().dropLast()
      }
      values[name] = Line(value: String(value), line: index + 1)
    }
    return values
  }

  private static func known(_ name: String) -> Bool {
    SettingKey.allCases.contains { $0.variable == name }
  }

  /// The key that a misspelt one is most like, if it is like one.
  private static func suggestion(for name: String) -> String {
    let best = SettingKey.allCases.map(\.variable).min {
      distance($0, name.uppercased()) < distance($1, name.uppercased())
    }
    guard let best, distance(best, name.uppercased()) <= 5 else {
      return " (known: \(SettingKey.allCases.map(\.variable).joined(separator: ", ")))"
    }
    return " (did you mean \(best)?)"
  }

  /// Levenshtein's.
  private static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b.utf8.prefix(64))
    var row = Array(0...b.count)
    for (i, x) in a.utf8.prefix(64).enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var rest = self
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest
  }
}

extension String {
  /// For messages: short, and on one line.
  package var printable: String {
    String(prefix(80).map { $0.isNewline || $0.asciiValue.map { $0 < 0x20 } == true ? "?" : $0 })
  }
}
