/// Metrics in Prometheus' text format.
// See: https://prometheus.io/docs/instrumenting/exposition_formats
package struct PrometheusText: Sendable {
  package enum Kind: String, Sendable { case counter, gauge, histogram }

  package private(set) var text = ""
  private var name = ""

  package init() {}

  /// Begins a metric. Its samples follow.
  package mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    self.name = "audit_enricher_" + name
    text += "# HELP \(self.name) \(help)\n# TYPE \(self.name) \(kind.rawValue)\n"
  }

  /// Adds a sample to the current metric.
  package mutating func sample(
    _ value: some BinaryInteger, suffix: String = "", _ labels: KeyValuePairs<String, String> = [:]
  ) {
    sample(text: "\(value)", suffix: suffix, labels.map { ($0.key, $0.value) })
  }

  package mutating func sample(_ value: some BinaryInteger, labels: [(String, String)]) {
    sample(text: "\(value)", suffix: "", labels)
  }

  package mutating func sample(
    seconds: Double, suffix: String = "", _ labels: KeyValuePairs<String, String> = [:]
  ) {
    sample(text: "\(seconds)", suffix: suffix, labels.map { ($0.key, $0.value) })
  }

  /// Returns the text written since the last call, or nil if there is none. The current metric continues.
  package mutating func drain() -> String? {
    guard !text.isEmpty else { return nil }
    defer { text = "" }
    return text
  }

  /// Adds a metric with one sample.
  package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
    begin(name, kind, help)
    sample(value)
  }

  private mutating func sample(text value: String, suffix: String, _ labels: [(key: String, value: String)]) {
    text += name
    text += suffix
    if !labels.isEmpty {
      text += "{"
      var separator = ""
      for (key, label) in labels {
        text += "\(separator)\(key)=\""
        append(label)
        text += "\""
        separator = ","
      }
      text += "}"
    }
    text += " \(value)\n"
  }

  /// Label values come from outside: none may end its label or its line.
  private mutating func append(_ label: String) {
    for scalar in label.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
