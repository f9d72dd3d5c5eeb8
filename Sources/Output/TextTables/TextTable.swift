/// A table for people: columns as wide as their widest value, three spaces apart.
package struct TextTable {
  private var rows: [[String]]
  private let numbers: Set<Int>

  /// `numbers` are the indices of the columns that are aligned on the right.
  package init(_ head: [String], numbers: Set<Int> = []) {
    rows = [head]
    self.numbers = numbers
  }

  /// Adds a row with a value for each column of the head.
  package mutating func append(_ row: [String]) { rows.append(row) }

  /// The lines of the table, without a line feed at the end.
  package var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let spaces = String(repeating: " ", count: widths[column] - row[column].count)
        return numbers.contains(column) ? spaces + row[column] : row[column] + spaces
      }
      let line = cells.joined(separator: "   ")
      return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
    }.joined(separator: "\n")
  }
}
