internal import AuditRecord
internal import KernelMessages

// Records in texts that may be anything, and what lines look like that are not read.
extension LogLineReader {
  /// A record that a text consists of, with offsets in it, in one of the forms of auditd, the kernel and the journal. The text is no part
  /// of the kernel's log.
  func bareRecord(_ text: borrowing Span<UInt8>) -> LogLine? {
    if let form = auditLog(text, text.count) {
      guard let record = form.record else { return nil }
      if text.isInterpreted(at: record.start) { return .unread(.interpreted) }
      return .record(type: record.type, text: min(record.start, text.count)..<text.count, node: form.node)
    }
    var prefix = KernelLinePrefix(text)
    if prefix == nil, let daemon = DaemonPrefix(text), daemon.sender == .kernel {
      prefix = daemon.kernelPrefix
    }
    if let prefix, text.hasLiteral("audit: type=", at: prefix.end) {
      var position = prefix.end + 12
      guard let number = text.decimal(at: &position, digits: 4...4),
        text.skip(UInt8(ascii: " "), at: &position),
        let type = types.first(where: { $0.number == number })?.number
      else { return nil }
      return .record(type: type, text: position..<text.count, node: prefix.host)
    }
    guard let (type, _) = journalRecord(text), types.contains(where: { $0.number == type }) else {
      return nil
    }
    return .unread(.noStamp)
  }

  /// The type and the offset of the fields of a record as journald shows it, `SECCOMP auid=...`; nil for other text.
  // See: process_audit_string() in journald-audit.c of systemd
  func journalRecord(_ text: borrowing Span<UInt8>) -> (type: UInt16, fields: Int)? {
    for type in types where text.hasLiteral(type.name, at: 0) {
      let end = type.name.utf8CodeUnitCount
      if text.hasLiteral(" ", at: end) { return (type.number, end + 1) }
    }
    if text.hasLiteral("USER_AVC ", at: 0) { return (UInt16(Self.userAVC), 9) }
    var position = 7
    guard text.hasLiteral("<audit-", at: 0), let number = text.decimal(at: &position, digits: 4...4),
      text.hasLiteral("> ", at: position)
    else { return nil }
    return (UInt16(number), position + 2)
  }

  /// Why a line that is not read looks like a record of a requested type; nil if it does not.
  func recordSign(_ text: borrowing Span<UInt8>) -> UnreadLine? {
    var start = 0
    while let sign = text.firstIndex(of: "audit", in: start..<text.count) {
      start = sign + 5
      guard start < text.count else { break }
      if text[start] == UInt8(ascii: "("), isWanted(text, before: sign) {
        return text.isInterpreted(at: sign) ? .interpreted : .unknownForm
      }
    }
    for type in types {
      guard let sign = text.firstIndex(of: type.name, in: 0..<text.count) else { continue }
      let end = sign + type.name.utf8CodeUnitCount
      if text.hasLiteral(" auid=", at: end) || text.hasLiteral(" avc:  ", at: end)
        || text.hasLiteral(" apparmor=", at: end)
      {
        return sign == 0 ? .noStamp : .unknownForm
      }
    }
    return isEnriched(text) ? .enriched : nil
  }

  /// Whether a record's type is before `audit(` at `end`: `type=1326 ` or `type=SECCOMP msg=`.
  private func isWanted(_ text: borrowing Span<UInt8>, before end: Int) -> Bool {
    guard let sign = text.lastIndex(of: "type=", in: max(0, end - 40)..<end) else { return false }
    var position = sign + 5
    if let number = text.decimal(at: &position, digits: 4...4) {
      return types.contains { $0.number == number }
    }
    return types.contains { type in text.hasLiteral(type.name, at: sign + 5) }
  }

  /// Whether a line is one that this program, or the Security Profiles Operator, has written.
  private func isEnriched(_ text: borrowing Span<UInt8>) -> Bool {
    guard text.count > 0, text[0] == UInt8(ascii: "{") || text[0] == UInt8(ascii: "I") else { return false }
    let kinds: [StaticString] = ["seccomp\"", "apparmor\"", "selinux\""]
    guard let sign = text.firstIndex(of: "type", in: 0..<text.count) else { return false }
    let value =
      if text.hasLiteral("=\"", at: sign + 4) {
        sign + 6
      } else if text.hasLiteral("\":\"", at: sign + 4) {
        sign + 7
      } else { text.count }
    return kinds.contains { kind in text.hasLiteral(kind, at: value) }
  }
}

extension Span<UInt8> {
  /// The number of spaces and tabs at the beginning.
  var indentation: Int {
    var index = 0
    while index < count, self[index] == UInt8(ascii: " ") || self[index] == UInt8(ascii: "\t") { index += 1 }
    return index
  }

  /// The columns of the first `count` spaces and tabs.
  func columns(of count: Int) -> Int {
    var columns = 0
    for index in 0..<count { columns += self[index] == UInt8(ascii: "\t") ? 8 - columns % 8 : 1 }
    return columns
  }

  /// Whether a record's `audit(...)` at `start` has a date instead of seconds, as `ausearch -i` writes it.
  func isInterpreted(at start: Int) -> Bool {
    guard hasLiteral("audit(", at: start), let close = firstIndex(of: UInt8(ascii: ")"), in: start..<count)
    else {
      return false
    }
    return firstIndex(of: UInt8(ascii: " "), in: start..<close) != nil
  }

  /// Whether each ` pid=` has the number in `range` of `line`. A record without one has no process.
  func hasOnlyPID(of line: borrowing Span<UInt8>, in range: Range<Int>?) -> Bool {
    var start = 0
    var isNamed = false
    while let sign = firstIndex(of: "pid=", in: start..<count) {
      start = sign + 4
      guard sign > 0, self[sign - 1] <= 0x20 else { continue }
      isNamed = true
      guard let range, hasBytes(of: line, in: range, at: start) else { return false }
      let end = start + range.count
      guard end >= count || self[end] <= 0x20 else { return false }
    }
    return isNamed == (range != nil)
  }

  /// The start of the first `literal` that is entirely within `range`.
  func firstIndex(of literal: StaticString, in range: Range<Int>) -> Int? {
    // A literal is never empty, and its bytes are never freed.
    let first = unsafe literal.utf8Start[0]
    var start = range.lowerBound
    while let index = firstIndex(of: first, in: start..<range.upperBound) {
      if index + literal.utf8CodeUnitCount <= range.upperBound, hasLiteral(literal, at: index) {
        return index
      }
      start = index + 1
    }
    return nil
  }

  /// The end of a file's name, and of a line number, that grep(1) wrote before a line; nil if there is none.
  var endOfFileName: Int? {
    let end = Swift.min(firstIndex(of: UInt8(ascii: " "), in: 0..<count) ?? count, 1024)
    for index in 0..<end where self[index] == UInt8(ascii: ":") || self[index] == UInt8(ascii: "-") {
      var start = index + 1
      if beginsLog(at: start) { return start }
      // The line's number.
      guard decimal(at: &start, digits: 1...18) != nil, skip(self[index], at: &start) else { continue }
      if beginsLog(at: start) { return start }
    }
    return nil
  }

  private func beginsLog(at start: Int) -> Bool {
    guard start < count else { return false }
    switch self[start] {
    case UInt8(ascii: "t"): return hasLiteral("type=", at: start)
    case UInt8(ascii: "n"): return hasLiteral("node=", at: start)
    case UInt8(ascii: "a"): return hasLiteral("audit: type=", at: start)
    case UInt8(ascii: "["), UInt8(ascii: "<"), UInt8(ascii: "{"): return true
    default:
      var position = start
      return WallTime(self, at: &position) != nil
    }
  }
}
