/// A manual page, which tests compare with the code.
public struct ManualPage {
  /// The text as a reader sees it, except for the macros.
  public let text: String

  /// Reads a page by its file's name, such as `audit-enricher.8`.
  public init(_ name: String) throws {
    // In the source of a manual page a dash is written with a backslash, and a place where a word may be broken with `\:`.
    text = try ProjectFile.text(of: "packaging/\(name)").replacing("\\-", with: "-").replacing(
      "\\:", with: "")
  }

  /// A section without its heading; empty if there is none.
  public func section(_ heading: String) -> String {
    guard let start = text.firstRange(of: "\n.SH \(heading)\n") else { return "" }
    let rest = text[start.upperBound...]
    return String(rest[..<(rest.firstRange(of: "\n.SH ")?.lowerBound ?? rest.endIndex)]) + "\n"
  }

  /// The tagged paragraphs of a section: the words of the tag, and the text.
  public func entries(in heading: String) -> [(terms: [String], text: String)] {
    var entries: [(terms: [String], text: String)] = []
    var isTag = false
    for line in section(heading).split(separator: "\n") {
      if line == ".TP" {
        isTag = true
      } else if isTag {
        let words = line.replacing("\"", with: "").replacing(", ", with: " ").split(separator: " ")
        entries.append((words.dropFirst().map(String.init), ""))
        isTag = false
      } else if line == ".PP" {
        entries.append(([], ""))
      } else if !entries.isEmpty {
        entries[entries.count - 1].text += line + "\n"
      }
    }
    return entries.filter { !$0.terms.isEmpty }
  }

  /// The terms that a section explains.
  public func terms(in heading: String) -> [String] { entries(in: heading).flatMap(\.terms) }
}
