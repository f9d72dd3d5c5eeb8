internal import AuditRecord
internal import KernelMessages

// The forms besides those of auditd's log and of the kernel's log.
extension LogLineReader {
  /// The highest number of forms around a record: a JSON object in another one, quoted, with a file's name before it.
  static var maxDepth: Int { 4 }

  static var escape: UInt8 { 0x1b }

  /// The columns by which people indent a log. dmesg and journalctl indent the later lines of a message by 15 and more.
  private static var maxIndentation: Int { 8 }

  /// Reads a line that begins neither like auditd's log nor in one of the usual forms of the kernel's log.
  mutating func readOther(_ line: borrowing Span<UInt8>, _ end: Int, depth: Int) -> LogLine {
    guard end > 0, depth < Self.maxDepth else { return readWithoutPrefix(line, end) }
    switch line[0] {
    case UInt8(ascii: " "), UInt8(ascii: "\t"): return readIndented(line, end, depth: depth)
    case UInt8(ascii: "{"): return readObject(line.extracting(0..<end), depth: depth)
    case 0x1e where line.hasLiteral("{", at: 1): return readObject(line.extracting(1..<end), depth: depth)
    case UInt8(ascii: ">"):
      return readPart(line, from: line.hasLiteral("> ", at: 0) ? 2 : 1, end, depth: depth)
    case 0xef where line.hasLiteral("\u{feff}", at: 0): return readPart(line, from: 3, end, depth: depth)
    case UInt8(ascii: "d") where line.hasLiteral("data: {", at: 0):
      return readObject(line.extracting(6..<end), depth: depth)
    default: break
    }
    if opensEntry(line, end) { return .other }
    if line.firstIndex(of: Self.escape, in: 0..<end) != nil { return readColoured(line, end, depth: depth) }
    if let prefix = DaemonPrefix(line) { return readMessage(line, end, prefix, depth: depth) }
    if let start = line.endOfFileName, start < end { return readPart(line, from: start, end, depth: depth) }
    return readWithoutPrefix(line, end)
  }

  /// Reads a line from `start` on, after something that is no part of the log.
  private mutating func readPart(_ line: borrowing Span<UInt8>, from start: Int, _ end: Int, depth: Int)
    -> LogLine
  {
    readAny(line.extracting(min(start, end)..<end), depth: depth + 1).moved(by: min(start, end))
  }

  /// Reads a line of a log that is indented as a whole. In any other log, such lines are later lines of messages.
  private mutating func readIndented(_ line: borrowing Span<UInt8>, _ end: Int, depth: Int) -> LogLine {
    guard depth == 0, let indentation, indentation > 0, line.indentation == indentation, indentation < end,
      line.columns(of: indentation) <= Self.maxIndentation
    else {
      return readWithoutPrefix(line, end)
    }
    let text = line.extracting(indentation..<end)
    // A message without a time may be the second line of one that the log does not have.
    if let prefix = KernelLinePrefix(text), prefix.time == .missing { return readWithoutPrefix(line, end) }
    return readPart(line, from: indentation, end, depth: depth)
  }

  /// Reads a line with the control sequences for a terminal's colours, as of `dmesg --color` and `grep --color`.
  mutating func readColoured(_ line: borrowing Span<UInt8>, _ end: Int, depth: Int) -> LogLine {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(end)
    var index = 0
    while index < end {
      guard line[index] == Self.escape else {
        bytes.append(line[index])
        index += 1
        continue
      }
      index += 1
      // A control sequence ends with a letter. See: ECMA-48, 5.4
      if index < end, line[index] == UInt8(ascii: "[") {
        index += 1
        while index < end, (0x20...0x3f).contains(line[index]) { index += 1 }
      }
      index += 1
    }
    return copied(readAny(bytes.span, depth: depth + 1), of: bytes.span)
  }

  // MARK: Messages of the kernel and of programs

  private mutating func readMessage(
    _ line: borrowing Span<UInt8>, _ end: Int, _ prefix: DaemonPrefix, depth: Int
  ) -> LogLine {
    let start = min(prefix.end, end)
    switch prefix.sender {
    case .kernel: return readKernelMessage(line, end, prefix.kernelPrefix, depth: depth)
    case .audit(let pid):
      let isDoubtful = foreign.mayHold(line, textFrom: start, prefix: prefix.kernelPrefix)
      noteOpenMessage(line.extracting(0..<end), from: start)
      guard let (type, text) = journalRecord(line.extracting(start..<end)) else { return .other }
      guard type != Self.userAVC else { return wantsAccesses && !isDoubtful ? .unread(.userMessage) : .other }
      guard types.contains(where: { $0.number == type }) else { return .other }
      guard !isDoubtful else { return .unread(.messageText) }
      let range = start + text..<end
      // The ID is that of the record's process. Any program may call itself `audit`, but not under another one's ID.
      guard trust == .any || !prefix.isOfProgram && line.extracting(range).hasOnlyPID(of: line, in: pid)
      else { return .unread(.program) }
      guard let time = prefix.time else { return .unread(.noStamp) }
      guard clock.knowsZone(of: time) else { return .unread(.unknownZone) }
      guard copies.isNew(line.extracting(range).hash, .audit) else { return .other }
      return compose(
        type, line.extracting(range), host: line.extracting(prefix.host ?? 0..<0),
        milliseconds: clock.milliseconds(time), serial: 0)
    case .auditd:
      let isDoubtful = foreign.mayHold(line, textFrom: 0, prefix: nil)
      guard let form = auditLog(line.extracting(start..<end), end - start) else { return .other }
      guard let record = form.record else {
        if Self.isOpenUserMessage(line, start..<end) { foreign.beginOpen(line) }
        return .other
      }
      guard !isDoubtful else { return .unread(.messageText) }
      guard !line.isInterpreted(at: start + record.start) else { return .unread(.interpreted) }
      let node = form.node.map { $0.lowerBound + start..<$0.upperBound + start } ?? prefix.host
      return .record(type: record.type, text: min(start + record.start, end)..<end, node: node)
    case .program:
      let isDoubtful = foreign.mayHold(line, textFrom: 0, prefix: nil)
      let isOfContainer = line.isContainerLog(before: start)
      return claimed(
        line.extracting(start..<end), as: isOfContainer ? .containerLog : .program, host: prefix.host,
        isDoubtful: isDoubtful
      ).moved(by: start, node: prefix.host)
    }
  }

  /// Reads a kernel message that is no audit record, or whose record is in a form that only looks like another message.
  mutating func readOtherMessage(
    _ line: borrowing Span<UInt8>, _ end: Int, _ prefix: KernelLinePrefix, depth: Int
  ) -> LogLine {
    if prefix.time != .kmsg, depth < Self.maxDepth {
      if line.firstIndex(of: Self.escape, in: 0..<end) != nil { return readColoured(line, end, depth: depth) }
      if line[0] == UInt8(ascii: "[") || line[0] == UInt8(ascii: "<"), let daemon = DaemonPrefix(line) {
        // This prefix is the right one: the message must not be looked at again.
        return readMessage(line, end, daemon, depth: Self.maxDepth)
      }
    }
    let isDoubtful = foreign.mayHold(line, textFrom: prefix.end, prefix: prefix)
    if !KnownMessage.isWhole(line, min(prefix.end, end)..<end) {
      foreign.begin(line, prefix: prefix, isUserMessage: false)
    }
    return readMonotonicMessage(line, end, isDoubtful: isDoubtful)
  }

  /// Reads a line of `journalctl -o short-monotonic` that is a program's; such a line begins like a kernel message.
  private func readMonotonicMessage(
    _ line: borrowing Span<UInt8>, _ end: Int, isDoubtful: Bool
  ) -> LogLine {
    guard line[0] == UInt8(ascii: "["), recordSign(line.extracting(0..<end)) != nil,
      let prefix = DaemonPrefix(monotonic: line)
    else { return .other }
    let start = min(prefix.end, end)
    let content = claimed(
      line.extracting(start..<end), as: .program, host: prefix.host, isDoubtful: isDoubtful)
    return content.moved(by: start, node: prefix.host)
  }

  /// Reads a text that a program wrote. It has a record only if any program is trusted.
  func claimed(
    _ text: borrowing Span<UInt8>, as claim: UnreadLine, host: Range<Int>?, isDoubtful: Bool
  ) -> LogLine {
    guard let content = bareRecord(text) else {
      return recordSign(text).map { .unread($0 == .unknownForm ? claim : $0) } ?? .other
    }
    if case .unread = content { return content }
    guard !isDoubtful else { return .unread(.messageText) }
    return trust == .any ? content : .unread(claim)
  }

  /// Reads a line that no program has marked: text of a message, a kernel message in a log without times, or anything else.
  private mutating func readWithoutPrefix(_ line: borrowing Span<UInt8>, _ end: Int) -> LogLine {
    let mayBeText = foreign.mayHold(line, textFrom: 0, prefix: nil)
    let start = line.indentation
    if start == 0, KernelLinePrefix.mayBeMissing(line), !KnownMessage.isWhole(line, 0..<end) {
      foreign.beginPlain(line)
    }
    guard start < end else { return .other }
    noteOpenMessage(line.extracting(0..<end), from: start, mayBeClosed: true)
    let text = line.extracting(start..<end)
    if start > 0, bareRecord(text) != nil { return .unread(mayBeText ? .messageText : .unknownForm) }
    return recordSign(text).map { .unread(mayBeText ? .messageText : $0) } ?? .other
  }
}

extension LogLine {
  /// The same with the offsets moved by `distance`, and `host` as the node of a record without one.
  func moved(by distance: Int, node host: Range<Int>? = nil) -> LogLine {
    guard case .record(let type, let text, let node) = self else { return self }
    return .record(
      type: type, text: text.lowerBound + distance..<text.upperBound + distance,
      node: node.map { $0.lowerBound + distance..<$0.upperBound + distance } ?? host)
  }
}
