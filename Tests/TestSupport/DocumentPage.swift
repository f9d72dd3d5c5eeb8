/// A page of the documentation, which tests compare with the code.
public struct DocumentPage {
  public let text: String

  /// Reads a page of the catalog by its name, such as `Output`.
  public init(_ name: String) throws {
    text = try ProjectFile.text(of: "Sources/audit-enricher/Documentation.docc/\(name).md")
  }

  /// The rows of all tables whose first column has the heading `header`, each as its cells.
  public func rows(under header: String) -> [[String]] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.filter { lines[$0].hasPrefix("| \(header) |") }.flatMap { first in
      // The line below the header consists of dashes.
      lines[(first + 2)...].prefix { $0.hasPrefix("|") }.map { line in
        line.replacing("\\|", with: "\0").split(separator: " | ", omittingEmptySubsequences: false).map {
          cell in
          String(cell.drop { "| ".contains($0) }.reversed().drop { "| ".contains($0) }.reversed())
            .replacing("\0", with: "|")
        }
      }
    }
  }

  /// The terms that tables explain: the words in backticks in their first columns.
  public func terms(under header: String) -> [String] {
    rows(under: header).flatMap { Self.terms(in: $0[0]) }
  }

  /// The words in backticks.
  public static func terms(in cell: String) -> [String] {
    let pieces = cell.split(separator: "`", omittingEmptySubsequences: false)
    return pieces.indices.filter { $0 % 2 == 1 }.map { String(pieces[$0]) }
  }
}
