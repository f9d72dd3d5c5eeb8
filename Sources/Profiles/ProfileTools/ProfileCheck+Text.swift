internal import EnrichedLog
internal import JSONText
internal import ProfileCompiler
internal import TextTables

extension ProfileCheck {
  /// How many of the rows are blocked in any case.
  package var blocked: Int { rows.filter(\.isBlocked).count }

  /// A table of the calls that are not simply allowed, and one line for each container.
  package func table() -> String {
    let doubtful = rows.filter { !$0.isAllowed }
    var text = ""
    if !doubtful.isEmpty {
      var table = TextTable(["CONTAINER", "ARCH", "SYSCALL", "RECORDS", "BY", "WOULD BE"])
      for row in doubtful {
        table.append([
          row.subject.printable, row.arch.printable, row.syscall.printable,
          row.records == 0 ? "-" : "\(row.records)", row.isRuntime ? "runtime" : "program", row.verdict,
        ])
      }
      text = table.text + "\n"
    }
    let subjects = Dictionary(grouping: rows, by: \.subject).sorted { $0.key < $1.key }
    return text + subjects.map(sentence).joined(separator: "\n")
  }

  private func sentence(_ subject: String, _ rows: [Row]) -> String {
    let blocked = rows.filter(\.isBlocked)
    let names = Set(rows.map { "\($0.arch)/\($0.syscall)" })
    let others = Set(blocked.map { "\($0.arch)/\($0.syscall)" })
    let doubtful = Set(rows.filter { !$0.isAllowed && !$0.isBlocked }.map { "\($0.arch)/\($0.syscall)" })
    var text =
      "\(subject.escaped): \(names.count - others.count - doubtful.count) of \(names.count) syscalls allowed"
    if !doubtful.isEmpty { text += ", \(doubtful.count) by their arguments" }
    if !others.isEmpty { text += ", \(others.count) blocked" }
    let ofRuntime = Set(blocked.filter(\.isRuntime).map(\.syscall)).subtracting(Self.optional)
    guard !ofRuntime.isEmpty else { return text }
    return text
      + "; the runtime needs \(ofRuntime.sorted().map(\.printable).joined(separator: " ")): the container would not start, or nothing could be executed in it"
  }

  /// All rows as a JSON array.
  package func json() -> String {
    JSONNode.array(
      rows.map { row in
        .object([
          "container": .string(row.subject),
          "arch": .string(row.arch),
          "syscall": .string(row.syscall),
          "records": .number(row.records),
          "by": .string(row.isRuntime ? "runtime" : "program"),
          "outcomes": .strings(row.outcomes.map(\.name)),
        ])
      }
    ).compact
  }
}

extension ProfileCheck.Row {
  fileprivate var verdict: String {
    switch outcomes.count {
    case 0: "unknown (architecture)"
    case 1: outcomes[0].name
    default: "depends on arguments: \(outcomes.map(\.name).joined(separator: ", "))"
    }
  }
}
