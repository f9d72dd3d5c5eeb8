internal import Configuration
internal import EnrichedLog
internal import Glibc

/// Reads the settings: flags over environment over file over defaults.
package enum SettingsReader {
  /// An invalid setting: what is wrong, where it was set, and what a valid value would be.
  package struct Invalid: Error, CustomStringConvertible, Sendable {
    /// Whether a flag is wrong, and not a variable or the file.
    package var isUsage: Bool
    package var description: String
  }

  /// The file that is read unless `--config` or its variable names another. It may be missing.
  package static let defaultFile = "/etc/audit-enricher/audit-enricher.conf"

  /// The valid settings, and all problems.
  package struct Reading: Sendable {
    package var settings = Settings()
    package var problems: [Invalid] = []
    /// Each setting with its value or default, and where it was set.
    package var values: [(setting: Setting, text: String, origin: String)] = []

    /// Files and sockets that the settings name but that are missing or of the wrong kind, each with where it was set. Nothing is opened.
    package var missing: [String] {
      values.compactMap { setting, _, origin in setting.pathProblem(settings).map { "\(origin): \($0)" } }
    }
  }

  /// Reads and validates all settings. `flags` holds the options that were given. Throws the first problem.
  package static func read(
    flags: [Setting: String], file: String? = nil, environment: [String: String]
  ) throws(Invalid) -> Settings {
    let reading = examine(flags: flags, file: file, environment: environment)
    if let first = reading.problems.first { throw first }
    return reading.settings
  }

  /// Reads and validates all settings, and collects all problems.
  package static func examine(
    flags: [Setting: String], file: String? = nil, environment: [String: String]
  ) -> Reading {
    var reading = Reading()
    // Variables of other programs have other prefixes. An unknown variable with this program's prefix is a mistake.
    for name in environment.keys.sorted()
    where name.hasPrefix(Setting.variablePrefix) && name != Setting.configVariable {
      guard Setting(variable: name) == nil else { continue }
      reading.problems.append(
        Invalid(
          isUsage: false,
          description: "unknown environment variable \(name.printable)\(Setting.suggestion(for: name))"))
    }
    let named = file ?? environment[Setting.configVariable]
    let file = SettingsFile(path: named ?? defaultFile, mayBeMissing: named == nil)
    reading.problems += file.problems.map { Invalid(isUsage: false, description: $0) }

    let reader = ConfigReader(providers: [
      EnvironmentVariablesProvider(
        environmentVariables: Dictionary(
          uniqueKeysWithValues: flags.map { ($0.key.variable, $0.value) })),
      EnvironmentVariablesProvider(environmentVariables: environment),
      EnvironmentVariablesProvider(environmentVariables: file.lines.mapValues(\.value)),
    ])
    func origin(_ setting: Setting) -> (isUsage: Bool, name: String) {
      if flags[setting] != nil { return (true, setting.flag) }
      if environment[setting.variable] != nil { return (false, "\(setting.variable) in the environment") }
      return (
        false, "\(file.path), line \(file.lines[setting.variable]?.number ?? 0): \(setting.variable)"
      )
    }
    for setting in Setting.all {
      let key = ConfigKey(setting.variable.lowercased().split(separator: "_").map(String.init))
      guard let text = reader.string(forKey: key) else {
        reading.values.append((setting, setting.defaultText, "default"))
        continue
      }
      let origin = origin(setting)
      reading.values.append((setting, text, origin.name))
      if let expected = setting.set(text, in: &reading.settings) {
        reading.problems.append(
          Invalid(
            isUsage: origin.isUsage,
            description: "\(origin.name): '\(text.printable)' is not valid: it must be \(expected)"))
      }
    }
    setNode(&reading.settings, environment)
    return reading
  }

  private static func setNode(_ settings: inout Settings, _ environment: [String: String]) {
    if !settings.isNodeConfigured, let name = environment["NODE_NAME"], !name.isEmpty {
      settings.node = name
      settings.isNodeConfigured = true
    }
    if !settings.isNodeConfigured { settings.node = hostName() }
  }

  private static func hostName() -> String {
    // A name has 64 bytes at most. See: man 2 gethostname
    var name = [UInt8](repeating: 0, count: 256)
    _ = unsafe name.withUnsafeMutableBytes { unsafe gethostname($0.baseAddress!, $0.count - 1) }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }
}
