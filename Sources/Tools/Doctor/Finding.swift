internal import EnrichedLog
internal import FoundationEssentials
internal import TextTables

extension Doctor {
  /// The result of one check.
  package struct Finding: Sendable, Codable {
    package enum Verdict: String, Sendable, Codable {
      case ok
      /// It works, but not as well as it could, or could not be checked.
      case warning
      /// It prevents the service from working.
      case failed
    }
    /// What was checked, in a word or two.
    package var check: String
    package var verdict: Verdict
    /// The result.
    package var found: String
    /// What to do; empty if nothing needs to be done.
    package var remedy: String

    static func ok(_ check: String, _ found: String) -> Finding {
      Finding(check: check, verdict: .ok, found: found, remedy: "")
    }

    static func warning(_ check: String, _ found: String, remedy: String) -> Finding {
      Finding(check: check, verdict: .warning, found: found, remedy: remedy)
    }

    /// A problem that prevents the service from working, and what to do.
    package static func failed(_ check: String, _ found: String, remedy: String) -> Finding {
      Finding(check: check, verdict: .failed, found: found, remedy: remedy)
    }
  }

  /// The findings as a table for people.
  package static func text(_ findings: [Finding]) -> String {
    var lines: [String] = []
    for finding in findings {
      let verdict = "\(finding.verdict)".uppercased()
      lines.append("\(verdict.padded(to: 8))\(finding.check.padded(to: 20))\(finding.found)".escaped)
      if !finding.remedy.isEmpty { lines.append("\("".padded(to: 28))-> \(finding.remedy)".escaped) }
    }
    return lines.joined(separator: "\n")
  }

  /// The findings as JSON for other programs.
  package static func json(_ findings: [Finding]) -> String {
    struct Report: Codable {
      var ok: Bool
      var checks: [Finding]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let report = Report(ok: !findings.contains { $0.verdict == .failed }, checks: findings)
    // Encoding strings and booleans cannot fail.
    guard let data = try? encoder.encode(report) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
