/// A page of this program's metrics, in the format that `Metrics` writes.
package struct MetricsPage: Sendable {
  private let lines: [Substring]

  package init(_ text: String) { lines = text.split(separator: "\n") }

  /// The values of a metric, each with its last label, or "" if it has none.
  package func samples(of name: String) -> [(label: String, value: UInt64)] {
    let prefix = "audit_enricher_\(name)"
    return lines.compactMap { line in
      guard line.hasPrefix(prefix), let space = line.lastIndex(of: " "),
        let value = UInt64(line[line.index(after: space)...])
      else { return nil }
      let labels = line[..<space].dropFirst(prefix.count)
      if labels.isEmpty { return ("", value) }
      guard labels.first == "{", let equals = labels.lastIndex(of: "=") else { return nil }
      return (labels[equals...].dropFirst(2).dropLast(2).description, value)
    }
  }

  /// The value of a metric that has only one.
  package func value(of name: String) -> UInt64? { samples(of: name).first?.value }
}
