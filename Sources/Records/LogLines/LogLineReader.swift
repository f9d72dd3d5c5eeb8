package import AuditRecord
internal import KernelMessages
internal import Glibc

/// Finds records of certain types in the lines of a log, which must be passed in order. `LineForm` lists the forms that lines may have.
///
/// auditd's log and the kernel's log are recognised first, with few comparisons; `LogLineReader+Forms.swift` has all other forms.
///
/// Kernel messages may contain text of processes, with line feeds: user messages of a process with CAP_AUDIT_WRITE, and others. Programs
/// that show the kernel's log print the text after a line feed as a separate line, with or without a prefix. Such a line must not become
/// a record; `ForeignText` decides which lines are rejected.
package struct LogLineReader: Sendable {
  var foreign = ForeignText()
  private(set) var types: [RecordType] = []
  private var starts: [LineStart] = []
  /// Whether a line in auditd's form needs no further checks: no foreign text is possible, and no entry of several lines is open.
  private var isPlain = false

  // MARK: State of the other forms

  /// Whose claims of origin are accepted.
  let trust: OriginTrust
  var clock: LocalClock
  /// The text of the last record that was `copied`, and its node's name before it.
  package internal(set) var copy: [UInt8] = []
  /// By how much the lines of this log are indented; nil before the first one.
  var indentation: Int?
  /// The entry of the journal, or the object, that is being read.
  var entry = JournalEntry()
  /// The form of an entry that has several lines.
  var open = OpenEntry.none
  /// Recognises a record that the journal has twice.
  var copies = CopyFilter()
  var unescaped: [UInt8] = []
  /// The name of the member of an object that is being read, after those of the objects around it.
  var entryName: [UInt8] = []
  /// The lines of the open object after its first one.
  var entryText: [UInt8] = []

  /// The type of the messages in which a program reports its own decision about access. A process with CAP_AUDIT_WRITE chooses their text,
  /// so they are counted and never taken for the kernel's.
  // See: AUDIT_USER_AVC in linux/audit.h
  static let userAVC = 1107

  /// Whether records of decisions about access are requested.
  var wantsAccesses: Bool { types.contains(.avc) }

  /// Creates a reader that ignores records of all other types. `now` is the time in seconds since 1970, before which a time without a
  /// year is; nil for the current time.
  package init(types: [RecordType], trust: OriginTrust = .kernel, now: Int64? = nil) {
    self.trust = trust
    clock = LocalClock(now: now ?? Int64(time(nil)))
    use(types)
  }

  /// Finds records of these types from now on.
  package mutating func use(_ types: [RecordType]) {
    self.types = types
    starts = types.compactMap { LineStart(of: $0) }
  }

  /// Returns the content of `line`, which is passed without its line feed. Of a longer line only the beginning is passed, and `omitted`
  /// is the number of bytes that follow it.
  package mutating func read(_ line: borrowing Span<UInt8>, omitted: Int = 0) -> LogLine {
    // The most common form, which needs no further checks while no foreign text is possible.
    if isPlain, line.count > 0, line[line.count - 1] > 0x20 {
      for index in starts.indices where starts[index].matches(line) {
        return .record(type: starts[index].type, text: starts[index].textOffset..<line.count, node: nil)
      }
    }
    let content = readSlowly(line, omitted: omitted)
    isPlain = !foreign.isActive && open == .none && indentation == 0
    return content
  }

  /// Ends a log: the next line is the first of another one. Returns the content of an entry of several lines that was not closed.
  package mutating func end() -> LogLine {
    let content = closeEntry()
    indentation = nil
    isPlain = false
    return content
  }

  private mutating func readSlowly(_ line: borrowing Span<UInt8>, omitted: Int) -> LogLine {
    // A log is indented as a whole only as long as all of its lines are.
    if let known = indentation, known > 0, line.count > 0, line.indentation < known { indentation = 0 }
    if open != .none, let content = continueEntry(line, omitted: omitted) { return content }
    if indentation == nil { indentation = line.indentation }
    return readAny(line, depth: 0)
  }

  /// Reads a line, or the text in it that another program's form surrounds. `depth` is the number of the forms around it.
  mutating func readAny(_ line: borrowing Span<UInt8>, depth: Int) -> LogLine {
    var end = line.count
    while end > 0, line[end - 1] == UInt8(ascii: "\r") || line[end - 1] == 0 { end -= 1 }
    guard !Self.isNoText(line, end) else {
      // The text after the zero bytes may be the first line of a message.
      var start = 0
      while start < end, line[start] == 0 || line[start] > 0x7f { start += 1 }
      if start > 0 { _ = readAny(line.extracting(start..<end), depth: depth) }
      return .unread(.notText)
    }

    if let form = auditLog(line, end) {
      // grep --color marks what it was asked for. auditd itself writes no control characters.
      if depth < Self.maxDepth, line.firstIndex(of: Self.escape, in: 0..<end) != nil {
        return readColoured(line, end, depth: depth)
      }
      let isDoubtful = foreign.mayHold(line, textFrom: 0, prefix: nil)
      guard let record = form.record else {
        if Self.isOpenUserMessage(line, form.typeOffset..<end) { foreign.beginOpen(line) }
        let isUserAVC = line.hasLiteral("USER_AVC ", at: form.typeOffset)
        return isUserAVC && wantsAccesses && !isDoubtful ? .unread(.userMessage) : .other
      }
      guard !isDoubtful else { return .unread(.messageText) }
      guard !line.isInterpreted(at: record.start) else { return .unread(.interpreted) }
      return .record(type: record.type, text: min(record.start, end)..<end, node: form.node)
    }
    guard let prefix = KernelLinePrefix(line) else { return readOther(line, end, depth: depth) }
    return readKernelMessage(line, end, prefix, depth: depth)
  }

  mutating func readKernelMessage(
    _ line: borrowing Span<UInt8>, _ end: Int, _ prefix: KernelLinePrefix, depth: Int
  ) -> LogLine {
    guard line.hasLiteral("audit: type=", at: prefix.end) else {
      return readOtherMessage(line, end, prefix, depth: depth)
    }
    let isDoubtful = foreign.mayHold(line, textFrom: prefix.end, prefix: prefix)
    var position = prefix.end + 12
    guard let number = line.decimal(at: &position, digits: 4...4), line.skip(UInt8(ascii: " "), at: &position)
    else { return .other }
    guard let type = types.first(where: { $0.number == number })?.number else {
      if ForeignText.isUserMessage(type: number) {
        foreign.begin(line, prefix: prefix, isUserMessage: true)
        if number == Self.userAVC, wantsAccesses, !isDoubtful { return .unread(.userMessage) }
      } else if !KnownMessage.isEscaped(type: number) {
        foreign.begin(line, prefix: prefix, isUserMessage: false)
      }
      return .other
    }
    guard prefix.time != .missing || foreign.times != .present else { return .unread(.noTime) }
    guard !isDoubtful else { return .unread(.messageText) }
    // A log daemon's log and journalctl's output may have the record a second time, as the journal received it from the audit socket.
    if prefix.host != nil, prefix.time == .coarse || copies.hasAudit,
      !copies.isNew(line.extracting(position..<end).hashAfterStamp, .kernel)
    {
      return .other
    }
    return .record(type: type, text: min(position, end)..<end, node: prefix.host)
  }

  /// Parses `type=SECCOMP msg=audit(...)`. Returns the offset of the type, the record's type and start, and the offsets of the node's
  /// name. `record` is nil for types that are not requested.
  func auditLog(
    _ line: borrowing Span<UInt8>, _ end: Int
  ) -> (typeOffset: Int, record: (type: UInt16, start: Int)?, node: Range<Int>?)? {
    var position = 0
    var node: Range<Int>?
    if line.hasLiteral("node=", at: 0) {
      guard end > 5, let space = line.firstIndex(of: UInt8(ascii: " "), in: 5..<end) else { return nil }
      node = 5..<space
      position = space + 1
    }
    guard line.hasLiteral("type=", at: position), position + 5 <= end else { return nil }
    position += 5
    guard let (type, message) = type(in: line, at: position) else { return (position, nil, node) }
    // A line without `msg=` claims to be a record; parsing it reports it as malformed.
    return (position, (type, line.hasLiteral("msg=", at: message) ? message + 4 : message), node)
  }

  /// The requested type at `position` in auditd's log, and the offset after it and the following space. auditd writes the number, either
  /// plain or as `UNKNOWN[1326]`, if it does not know the type's name.
  private func type(in line: borrowing Span<UInt8>, at position: Int) -> (UInt16, Int)? {
    for type in types where line.hasLiteral(type.name, at: position) {
      var end = position + type.name.utf8CodeUnitCount
      if line.skip(UInt8(ascii: " "), at: &end) { return (type.number, end) }
    }
    var end = position
    let isUnknown = line.hasLiteral("UNKNOWN[", at: position)
    if isUnknown { end += 8 }
    guard let number = line.decimal(at: &end, digits: 1...5),
      !isUnknown || line.skip(UInt8(ascii: "]"), at: &end), line.skip(UInt8(ascii: " "), at: &end),
      let type = types.first(where: { $0.number == number })
    else { return nil }
    return (type.number, end)
  }
}
