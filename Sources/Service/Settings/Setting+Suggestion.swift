extension Setting {
  /// The end of a message about an unknown key: the variable that was probably meant, or else all known variables.
  package static func suggestion(for name: String) -> String {
    let name = Array(name.uppercased().utf8.prefix(64))
    let near = byVariable.keys.compactMap { variable -> (edits: Int, variable: String)? in
      let short = variable.dropFirst(variablePrefix.count)
      let maxEdits = min(2, short.utf8.count / 3)
      // The prefix may be missing. The number of edits is at least the difference of the lengths.
      let edits = [variable[...], short].filter { abs($0.utf8.count - name.count) <= maxEdits }
        .map { editDistance($0, name) }.min()
      return edits.flatMap { $0 <= maxEdits ? ($0, variable) : nil }
    }
    guard let best = near.min(by: <) else { return known }
    return " (did you mean \(best.variable)?)"
  }

  private static let known = " (known: \(all.map { $0.variable }.joined(separator: ", ")))"

  /// The Levenshtein distance: how many letters must be inserted, removed or replaced.
  private static func editDistance(_ a: Substring, _ b: [UInt8]) -> Int {
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
