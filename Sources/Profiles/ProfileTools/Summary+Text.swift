internal import AuditRecord
internal import EnrichedLog
internal import JSONText
internal import TextTables

extension Summary {
  /// A table with at most `top` rows of records and all those of losses, and a line with the totals.
  package func table(top: Int = .max) -> String {
    let ofRecords = rows.filter { $0.lostAt == nil }
    let shown = ofRecords.prefix(top) + rows.filter { $0.lostAt != nil }
    var table = TextTable(keys.map { $0.uppercased() } + ["RECORDS"], numbers: [keys.count])
    for row in shown {
      var values = row.values.map { $0.isEmpty ? "-" : $0.printable }
      if let place = row.lostAt {
        let note = place == "suppressed" ? "(suppressed)" : "(lost: \(place.printable))"
        values[values.count - 1] =
          row.values.last?.isEmpty == false ? "\(values[values.count - 1]) \(note)" : note
      }
      table.append(values + [row.records.grouped])
    }
    var text = table.text + "\n"
    let rest = ofRecords.dropFirst(top)
    if !rest.isEmpty {
      let records = rest.reduce(into: UInt64(0)) { $0.addOrStop($1.records) }
      text += "and \(rest.count.grouped) more rows with \(records.grouped) records (see --top)\n"
    }
    return text + totals
  }

  private var totals: String {
    let counts =
      "containers: \(containers.grouped), syscalls: \(syscalls.grouped), records: \(total.count.grouped); lost: \(lost.grouped), suppressed: \(suppressed.grouped)"
    guard total.first > 0 else { return counts }
    return "\(counts)\n\(UTCTime(total.first).toSecond) to \(UTCTime(total.last).toSecond)"
  }

  /// All rows and the totals as one JSON object.
  package func json() -> String {
    JSONNode.object([
      "rows": .array(rows.map(json)),
      "containers": .number(containers),
      "syscalls": .number(syscalls),
      "records": .number(total.count),
      "lost": .number(lost),
      "suppressed": .number(suppressed),
    ]).compact
  }

  private func json(_ row: Row) -> JSONNode {
    var members = zip(keys, row.values).map { JSONNode.Member(key: $0, value: .string($1)) }
    if let place = row.lostAt { members.append(JSONNode.Member(key: "lostAt", value: .string(place))) }
    members.append(JSONNode.Member(key: "records", value: .number(row.records)))
    if row.first > 0 {
      members.append(JSONNode.Member(key: "first", value: .string(UTCTime(row.first).toSecond)))
      members.append(JSONNode.Member(key: "last", value: .string(UTCTime(row.last).toSecond)))
    }
    return JSONNode(.object(members))
  }
}

extension BinaryInteger {
  /// The number with commas between groups of three digits.
  fileprivate var grouped: String {
    let digits = Array("\(self)")
    return digits.enumerated().map { index, digit in
      (index > 0 && (digits.count - index) % 3 == 0 ? "," : "") + String(digit)
    }.joined()
  }
}
