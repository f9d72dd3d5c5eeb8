/// An option of the command line, which is an environment variable and a key of the configuration file, too.
public enum SettingKey: String, CaseIterable, Sendable {
  case source, format, fields, output, node
  case criEndpoint = "cri-endpoint"
  case procRoot = "proc-root"
  case hostProcesses = "host-processes"
  case maxRecordsPerContainer = "max-records-per-container"
  case metricsListen = "metrics-listen"

  /// Such as `--cri-endpoint`.
  public var flag: String { "--\(rawValue)" }

  /// Such as `AUDIT_ENRICHER_CRI_ENDPOINT`.
  public var variable: String { Self.variablePrefix + rawValue.uppercased().replacing("-", with: "_") }

  static let variablePrefix = "AUDIT_ENRICHER_"

  /// The variable that names the configuration file itself, as `--config` does.
  public static let configVariable = variablePrefix + "CONFIG"

  /// The key of a variable's name.
  package init?(variable: String) {
    guard let key = Self.byVariable[variable] else { return nil }
    self = key
  }

  private static let byVariable = Dictionary(uniqueKeysWithValues: allCases.map { ($0.variable, $0) })

  /// What it is unless it is set, as the value would be written, or in words.
  var defaultText: String {
    switch self {
    case .source: "auto"
    case .format: "klog"
    case .fields: "full"
    case .output: "-"
    case .node: "$NODE_NAME, else the host name"
    case .criEndpoint: "the first of the usual sockets that answers"
    case .procRoot: "/proc"
    case .hostProcesses: "keep"
    case .maxRecordsPerContainer: "none"
    case .metricsListen: "none"
    }
  }
}

extension SettingKey {
  /// The key that a misspelt one is most like, if it is like one.
  package static func suggestion(for name: String) -> String {
    let name = Array(name.uppercased().utf8.prefix(64))
    let near = byVariable.keys.compactMap { variable -> (steps: Int, variable: String)? in
      let own = variable.dropFirst(variablePrefix.count)
      let most = min(2, own.utf8.count / 3)
      // The prefix may be missing. It takes at least as many steps as their lengths differ by.
      let steps = [variable[...], own].filter { abs($0.utf8.count - name.count) <= most }
        .map { distance($0, name) }.min()
      return steps.flatMap { $0 <= most ? ($0, variable) : nil }
    }
    guard let best = near.min(by: <) else { return known }
    return " (did you mean \(best.variable)?)"
  }

  private static let known = " (known: \(allCases.map(\.variable).joined(separator: ", ")))"

  /// Levenshtein's: letters to insert, leave out or replace.
  private static func distance(_ a: Substring, _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.utf8.enumerated() {
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
