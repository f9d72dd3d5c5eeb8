/// One setting: its names, its possible values, and how it becomes part of `Settings`.
///
/// Each setting is declared once, in `Setting+All.swift`. The command line's options, the environment variables, the keys of the configuration
/// file, `run --check` and the reload follow from that; the documents are checked against it.
package struct Setting: Sendable {
  /// The option without its dashes, such as `cri-endpoint`. No two settings have the same one.
  package let name: String
  /// The placeholder for the value in a help text, such as `klog|json`.
  package let valueName: String
  /// What the setting is for: one sentence.
  package let summary: String
  /// The default as a user would write it, or in words if it depends on the machine.
  package let defaultText: String
  /// The words that can be chosen; empty if the value is free text.
  package let choices: [String]
  /// What shells complete the value with, if there are no choices.
  package let completion: Completion
  /// Whether a new value takes effect at a reload. Other settings need a restart: closing what is open would lose records.
  package let appliesAtReload: Bool

  /// Stores a value. If the value is not valid, changes nothing and returns what a valid one would be.
  let store: @Sendable (String, inout Settings) -> String?
  /// Copies this part of the first settings to the second. Returns whether that changed anything.
  let copy: @Sendable (Settings, inout Settings) -> Bool
  /// The problem with the file, directory or socket that the value names; nil if there is none. Nothing is opened.
  let pathProblem: @Sendable (Settings) -> String?

  package enum Completion: Sendable {
    case none, file, directory
  }

  /// The option, such as `--cri-endpoint`.
  package var flag: String { "--\(name)" }

  /// The environment variable and key of the configuration file, such as `AUDIT_ENRICHER_CRI_ENDPOINT`.
  package var variable: String { Self.variablePrefix + name.uppercased().replacing("-", with: "_") }

  static let variablePrefix = "AUDIT_ENRICHER_"

  /// The variable that names the configuration file itself, as `--config` does.
  package static let configVariable = variablePrefix + "CONFIG"

  static let byVariable = Dictionary(uniqueKeysWithValues: all.map { ($0.variable, $0) })

  /// Stores a value in `settings`. If the value is not valid, changes nothing and returns what a valid one would be, such as
  /// `klog or json`.
  package func set(_ text: String, in settings: inout Settings) -> String? {
    // A path would end at the NUL, and another file would be opened.
    if text.utf8.contains(0) { return "text without NUL bytes" }
    return store(text, &settings)
  }

  /// Copies the value of this setting from `new` to `current`. Returns whether that changed anything.
  package func adopt(from new: Settings, in current: inout Settings) -> Bool { copy(new, &current) }
}

extension Setting {
  /// Finds the setting that has this variable.
  package init?(variable: String) {
    guard let setting = Self.byVariable[variable] else { return nil }
    self = setting
  }

  /// A setting that is one part of `Settings`.
  ///
  /// `parse` returns nil for text that is not valid; `expected` describes valid text.
  init<Value: Equatable & SendableMetatype>(
    _ name: String, _ part: any WritableKeyPath<Settings, Value> & Sendable, valueName: String,
    summary: String,
    default defaultText: String, choices: [String] = [], completion: Completion = .none,
    appliesAtReload: Bool,
    expected: String, parse: @escaping @Sendable (String) -> Value?,
    pathProblem: @escaping @Sendable (Settings) -> String? = { _ in nil }
  ) {
    self.init(
      name: name, valueName: valueName, summary: summary, defaultText: defaultText, choices: choices,
      completion: completion, appliesAtReload: appliesAtReload,
      store: { text, settings in
        guard let value = parse(text) else { return expected }
        settings[keyPath: part] = value
        return nil
      },
      copy: { new, current in
        guard current[keyPath: part] != new[keyPath: part] else { return false }
        current[keyPath: part] = new[keyPath: part]
        return true
      },
      pathProblem: pathProblem)
  }

  /// A setting whose value is one of a few words.
  init<Value: RawRepresentable<String> & CaseIterable & Equatable & Sendable>(
    _ name: String, choice part: any WritableKeyPath<Settings, Value> & Sendable, summary: String,
    appliesAtReload: Bool
  ) {
    let words = Value.allCases.map(\.rawValue)
    self.init(
      name, part, valueName: words.joined(separator: "|"), summary: summary,
      default: Settings()[keyPath: part].rawValue, choices: words, appliesAtReload: appliesAtReload,
      expected: words.joined(separator: " or "), parse: { Value(rawValue: $0) })
  }
}

extension Setting: Hashable {
  package static func == (one: Self, other: Self) -> Bool { one.name == other.name }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Setting: CustomStringConvertible {
  package var description: String { name }
}
