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
  init?(variable: String) {
    guard let key = Self.allCases.first(where: { $0.variable == variable }) else { return nil }
    self = key
  }

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
  static func suggestion(for name: String) -> String {
    let best = allCases.map(\.variable).min {
      distance($0, name.uppercased()) < distance($1, name.uppercased())
    }
    guard let best, distance(best, name.uppercased()) <= 5 else {
      return " (known: \(allCases.map(\.variable).joined(separator: ", ")))"
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

extension String {
  /// For messages: short, and on one line.
  package var printable: String {
    String(prefix(80).map { $0.isNewline || $0.asciiValue.map { $0 < 0x20 } == true ? "?" : $0 })
  }
}
