internal import AuditRecord

// The prefixes of journalctl and of log daemons.
extension DaemonPrefix {
  /// Programs that pass on the lines of auditd's log, and tags that rsyslog's imfile is given for it.
  private static let auditTags: [StaticString] = [
    "auditd", "audispd", "audisp-syslog", "audisp-remote", "audit_log", "audit-log", "auditlog", "audit.log",
    "tag_audit_log",
  ]
  /// The numbers of facilities. See: RFC 5424, 6.2.1
  private static let user = 1
  private static let auth = 4

  /// Whether `range` is the tag of a program that passes on auditd's log.
  package static func isAuditTag(_ line: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    for tag in auditTags
    where range.count == tag.utf8CodeUnitCount && line.hasLiteral(tag, at: range.lowerBound) { return true }
    return false
  }

  /// Reads `[  270.853767] host kernel: `: `journalctl -o short-monotonic`.
  mutating func readMonotonic(_ line: borrowing Span<UInt8>, ofProgram: Bool = false) -> Bool {
    var prefix = KernelLinePrefix(end: 0, time: .missing, host: nil)
    guard prefix.readBrackets(line), case .kernel = prefix.time, readTag(line, prefix.end - 1), host != nil,
      (sender == .program) == ofProgram
    else {
      (end, host, facility) = (0, nil, nil)
      return false
    }
    kernelTime = prefix.time
    return true
  }

  /// Reads `<5>`.
  mutating func readPriority(_ line: borrowing Span<UInt8>) -> Bool {
    var position = 1
    guard let priority = line.decimal(at: &position, digits: 1...3),
      line.skip(UInt8(ascii: ">"), at: &position)
    else { return false }
    facility = Int(priority / 8)
    end = position
    return true
  }

  /// Reads `1 2024-05-16T08:13:07.650000+00:00 host kernel - - - `.
  mutating func readRFC5424(_ line: borrowing Span<UInt8>) -> Bool {
    var position = end + 2
    guard let time = WallTime(line, at: &position) else { return false }
    var words = InlineArray<4, Range<Int>>(repeating: 0..<0)
    for index in words.indices {
      guard line.skip(UInt8(ascii: " "), at: &position),
        let space = line.firstIndex(of: UInt8(ascii: " "), in: position..<line.count), space > position
      else { return false }
      words[index] = position..<space
      position = space
    }
    position += 1
    if line.skip(UInt8(ascii: "-"), at: &position) {
      // No structured data.
    } else {
      while position < line.count, line[position] == UInt8(ascii: "[") {
        guard let close = Self.endOfElement(line, position) else { return false }
        position = close + 1
      }
    }
    _ = line.skip(UInt8(ascii: " "), at: &position)
    if line.hasLiteral("\u{feff}", at: position) { position += 3 }
    self.time = time
    host = line.hasLiteral("- ", at: words[0].lowerBound) ? nil : words[0]
    let pid = line.hasLiteral("- ", at: words[2].lowerBound) ? nil : words[2]
    sender = sender(line, words[1], pid: pid, message: position)
    end = position
    return finishKernel(line)
  }

  /// The closing bracket of an element of structured data, whose values in quotes may have brackets.
  private static func endOfElement(_ line: borrowing Span<UInt8>, _ start: Int) -> Int? {
    var isQuoted = false
    var index = start
    while index < line.count {
      switch line[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: "]") where !isQuoted: return index
      default: break
      }
      index += 1
    }
    return nil
  }

  /// Reads ` host kernel: `, also without the host, and with BusyBox's `kern.notice` before the tag.
  mutating func readTag(_ line: borrowing Span<UInt8>, _ start: Int) -> Bool {
    var position = start
    for _ in 0..<3 {
      guard line.skip(UInt8(ascii: " "), at: &position) else { return false }
      while line.skip(UInt8(ascii: " "), at: &position) {}
      let space = line.firstIndex(of: UInt8(ascii: " "), in: position..<line.count) ?? line.count
      guard space > position, Self.isName(line, position..<space) else { return false }
      let word = position..<space
      position = space
      if line[space - 1] == UInt8(ascii: ":") {
        end = min(space + 1, line.count)
        var name = word.lowerBound..<space - 1
        var pid: Range<Int>?
        if let open = line.firstIndex(of: UInt8(ascii: "["), in: name), line[space - 2] == UInt8(ascii: "]") {
          (name, pid) = (name.lowerBound..<open, open + 1..<space - 2)
        }
        sender = sender(line, name, pid: pid, message: end)
        // The kernel's message itself begins with `audit: `.
        if sender == .kernel, line.hasLiteral("audit", at: word.lowerBound) { end = word.lowerBound }
        return finishKernel(line)
      }
      if let point = line.firstIndex(of: UInt8(ascii: "."), in: word),
        Self.isWord(line, point + 1..<space, "emerg,alert,crit,err,warn,warning,notice,info,debug")
      {
        let name = word.lowerBound..<point
        facility =
          Self.isWord(line, name, "kern") ? 0 : Self.isWord(line, name, "auth") ? Self.auth : Self.user
      } else {
        guard host == nil else { return false }
        host = word
      }
    }
    return false
  }

  /// Whether a word may be the name of a host or a program. Fields of a record are none.
  private static func isName(_ line: borrowing Span<UInt8>, _ word: Range<Int>) -> Bool {
    for index in word {
      switch line[index] {
      case UInt8(ascii: "="), UInt8(ascii: "("), UInt8(ascii: "\""), UInt8(ascii: "{"): return false
      default: continue
      }
    }
    return true
  }

  /// Reads the kernel's own time, which may be before the message.
  private mutating func finishKernel(_ line: borrowing Span<UInt8>) -> Bool {
    guard sender == .kernel else { return true }
    var prefix = KernelLinePrefix(end: end, time: .missing, host: host)
    if prefix.readBrackets(line), prefix.time != .missing { (end, kernelTime) = (prefix.end, prefix.time) }
    return true
  }

  private mutating func sender(
    _ line: borrowing Span<UInt8>, _ name: Range<Int>, pid: Range<Int>?, message: Int
  ) -> Sender {
    if Self.isWord(line, name, "kernel") { return pid == nil && facility ?? 0 == 0 ? .kernel : .program }
    let isAuditLog = line.hasLiteral("type=", at: message) || line.hasLiteral("node=", at: message)
    if Self.isWord(line, name, "audit") {
      guard isAuditLog else {
        // journald passes on what it read from the audit socket with this facility.
        isOfProgram = facility ?? Self.auth != Self.auth
        return .audit(pid: pid)
      }
      return line.isKernelType(at: message) ? (facility == 0 ? .kernel : .program) : .auditd
    }
    // audisp-syslog has the facility of its configuration, by default that of programs, so that it says nothing.
    return Self.isAuditTag(line, name) ? .auditd : .program
  }
}

extension Span<UInt8> {
  /// Whether a message is `type=1326 audit(`, a kernel message whose tag is before it.
  func isKernelType(at start: Int) -> Bool {
    var position = start
    guard hasLiteral("type=", at: position) else { return false }
    position += 5
    return decimal(at: &position, digits: 4...4) != nil && hasLiteral(" audit(", at: position)
  }

  /// Whether the prefix before `start` is that of the CRI's container logs, `2024-05-16T08:13:07.650000000Z stdout F `.
  package func isContainerLog(before start: Int) -> Bool {
    hasLiteral(" stdout F ", at: start - 10) || hasLiteral(" stderr F ", at: start - 10)
      || hasLiteral(" stdout P ", at: start - 10) || hasLiteral(" stderr P ", at: start - 10)
  }
}
