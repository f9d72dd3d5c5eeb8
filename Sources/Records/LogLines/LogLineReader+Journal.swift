internal import AuditRecord
internal import JSONText

// Entries of the journal, and JSON objects with a message.
extension LogLineReader {
  /// Reads a line that is a JSON object.
  mutating func readObject(_ line: borrowing Span<UInt8>, depth: Int) -> LogLine {
    let isInUserMessage = foreign.isInUserMessage
    let isDoubtful = foreign.mayHold(line, textFrom: 0, prefix: nil)
    entry.removeAll()
    do throws(MalformedJSON) {
      entryName.removeAll(keepingCapacity: true)
      try readMembers(line, at: 0)
    } catch {
      // An object of several lines begins with its first one.
      if line.count == 1, depth == 0, !isDoubtful { open = .object }
      return recordSign(line).map { .unread($0) } ?? .other
    }
    let content = readEntry(isDoubtful: isDoubtful, depth: depth)
    // A line of this program has no message.
    guard content == .other, !entry.hasMessage else {
      return content.isRecord && isInUserMessage ? .unread(.messageText) : content
    }
    return recordSign(line).map { .unread($0) } ?? .other
  }

  /// Reads the members of the object at `offset`, whose names follow those in `entryName`.
  private mutating func readMembers(_ line: borrowing Span<UInt8>, at offset: Int) throws(MalformedJSON) {
    let outer = entryName.count
    var items = JSONItems(at: offset, isObject: true)
    while let item = try items.next(line) {
      guard let key = item.key else { continue }
      entryName.removeSubrange(outer...)
      key.decode(line, into: &entryName)
      var field = outer == 0 ? JournalEntry.journalField(entryName.span) : nil
      if field == nil {
        for index in outer..<entryName.count where entryName[index] &- 0x41 < 26 { entryName[index] |= 0x20 }
        field = JournalEntry.objectField(entryName.span)
      }
      guard let field else { continue }
      switch item.value.kind {
      case .number where field.isNode: entry.setOpaque(field)
      case .plain, .number: entry.set(field, line.extracting(item.value.range))
      case .escaped where field == .message && !entry.hasMessage:
        entry.hasMessage = true
        item.value.decode(line, into: &entry.message)
      case .escaped:
        unescaped.removeAll(keepingCapacity: true)
        item.value.decode(line, into: &unescaped)
        let bytes = unescaped
        entry.set(field, bytes.span)
      case .object where JournalEntry.hasMembers(entryName.span):
        if field == .container { entry.setOpaque(field) }
        entryName.append(UInt8(ascii: "."))
        try readMembers(line, at: item.value.range.lowerBound)
      case .object where field == .message: entry.hasOthers = true
      case .null where field.isNode && field != .otherNode: break
      case .object, .array, .true, .false, .null: entry.setOpaque(field)
      }
    }
    entryName.removeSubrange(outer...)
  }

  /// Begins an entry that was read from the journal itself, of a time in microseconds since 1970.
  package mutating func beginEntry(at time: UInt64) {
    entry.removeAll()
    entry.stored = Int64(clamping: time / 1000)
  }

  /// Adds a field, `NAME=value`.
  package mutating func addField(_ text: borrowing Span<UInt8>) {
    guard let end = text.firstIndex(of: UInt8(ascii: "="), in: 0..<text.count),
      let field = JournalEntry.journalField(text.extracting(0..<end))
    else { return }
    entry.set(field, text.extracting(end + 1..<text.count))
  }

  /// Returns the content of the entry.
  package mutating func endEntry() -> LogLine { readJournalEntry() }

  /// Reads the entry of journald's that is complete. Only its transport says whose the message is.
  mutating func readJournalEntry() -> LogLine {
    if entry.transport == nil { entry.hasOthers = true }
    return readEntry(isDoubtful: false, depth: 1)
  }

  /// Reads the entry that is complete.
  mutating func readEntry(isDoubtful: Bool, depth: Int) -> LogLine {
    let content = readMessage(isDoubtful: isDoubtful, depth: depth)
    return content.isRecord && entry.hasOtherHost ? .unread(.unknownForm) : content
  }

  private mutating func readMessage(isDoubtful: Bool, depth: Int) -> LogLine {
    guard entry.hasMessage else { return .other }
    var message: [UInt8] = []
    swap(&message, &entry.message)
    defer { swap(&message, &entry.message) }
    // Shippers keep the line feed.
    while let last = message.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
      message.removeLast()
    }
    let text = message.span
    noteOpenMessage(text, from: 0)
    switch entry.transport {
    case .audit?: return readAuditEntry(text, isDoubtful: isDoubtful)
    case .kernel? where entry.isOfKernel: return readKernelEntry(text, isDoubtful: isDoubtful)
    case .kernel?, .program?: entry.claim = entry.claim ?? .program
    case nil:
      // The tag of a program that passes on auditd's log says so only of its form.
      let isOfLog =
        entry.isOfAuditd
        ? text.hasLiteral("type=", at: 0) || text.hasLiteral("node=", at: 0) : entry.isOfKernel
      if entry.hasOthers || !isOfLog { entry.claim = entry.claim ?? .program }
    }
    let line = text.extracting(
      0..<(text.firstIndex(of: UInt8(ascii: "\n"), in: 0..<text.count) ?? text.count))
    guard let claim = entry.claim else {
      // The shipper says nothing of the origin, so it is that of the log that the text is from.
      var outer = JournalEntry()
      swap(&outer, &entry)
      let wasNested = foreign.isNested
      foreign.isNested = true
      let content = readAny(line, depth: depth + 1)
      foreign.isNested = wasNested
      swap(&outer, &entry)
      return copied(content, of: line)
    }
    return copied(claimed(line, as: claim, host: nil, isDoubtful: isDoubtful), of: line)
  }

  private mutating func readAuditEntry(_ text: borrowing Span<UInt8>, isDoubtful: Bool) -> LogLine {
    var type = entry.type
    var fields = (text.firstIndex(of: UInt8(ascii: " "), in: 0..<text.count) ?? text.count - 1) + 1
    if let record = journalRecord(text) {
      if type == 0 { type = record.type }
      fields = record.fields
    }
    guard type != Self.userAVC else { return wantsAccesses && !isDoubtful ? .unread(.userMessage) : .other }
    guard types.contains(where: { $0.number == type }) else { return .other }
    guard !isDoubtful else { return .unread(.messageText) }
    let record = text.extracting(min(fields, text.count)..<text.count)
    guard copies.isNew(record.hash ^ entry.serial &* 0x9e37_79b9_7f4a_7c15, .audit) else { return .other }
    let host = entry.host
    return compose(
      type, record, host: host.span, milliseconds: entry.made > 0 ? entry.made : entry.stored,
      serial: entry.serial)
  }

  private mutating func readKernelEntry(_ text: borrowing Span<UInt8>, isDoubtful: Bool) -> LogLine {
    var position = 12
    guard text.hasLiteral("audit: type=", at: 0), let number = text.decimal(at: &position, digits: 4...4),
      text.skip(UInt8(ascii: " "), at: &position)
    else { return .other }
    guard number != Self.userAVC else { return wantsAccesses && !isDoubtful ? .unread(.userMessage) : .other }
    guard types.contains(where: { $0.number == number }) else { return .other }
    guard !isDoubtful else { return .unread(.messageText) }
    let record = text.extracting(position..<text.count)
    var start = 0
    let stamp = AuditStamp(record, at: &start)
    let fields = record.extracting(min(start + 1, record.count)..<record.count)
    guard copies.isNew(fields.hash ^ (stamp?.serial ?? 0) &* 0x9e37_79b9_7f4a_7c15, .kernel) else {
      return .other
    }
    copy.removeAll(keepingCapacity: true)
    copy.append(contentsOf: entry.host)
    let host = copy.count
    copy.append(copying: record)
    return .copied(type: UInt16(number), text: host..<copy.count, node: host > 0 ? 0..<host : nil)
  }

  /// Composes a record of its fields and of what its line or entry states, in the kernel's form.
  mutating func compose(
    _ type: UInt16, _ fields: borrowing Span<UInt8>, host: borrowing Span<UInt8>, milliseconds: Int64,
    serial: UInt64
  ) -> LogLine {
    copy.removeAll(keepingCapacity: true)
    copy.append(copying: host)
    let start = copy.count
    copy.append(literal: "audit(")
    copy.append(decimal: UInt64(max(0, milliseconds) / 1000))
    let fraction = UInt64(max(0, milliseconds) % 1000)
    copy.append(literal: fraction < 10 ? ".00" : fraction < 100 ? ".0" : ".")
    copy.append(decimal: fraction)
    copy.append(literal: ":")
    copy.append(decimal: serial)
    copy.append(literal: "): ")
    copy.append(copying: fields)
    return .copied(type: type, text: start..<copy.count, node: start > 0 ? 0..<start : nil)
  }

  /// The content of `text`, copied so that it outlives the text. The host of the entry is the node of a record without one.
  mutating func copied(_ content: LogLine, of text: borrowing Span<UInt8>) -> LogLine {
    let host = entry.host
    switch content {
    case .record(let type, let record, let node):
      copy.removeAll(keepingCapacity: true)
      if let node { copy.append(copying: text.extracting(node)) } else { copy.append(contentsOf: host) }
      let start = copy.count
      copy.append(copying: text.extracting(record))
      return .copied(type: type, text: start..<copy.count, node: start > 0 ? 0..<start : nil)
    case .copied(let type, let record, nil) where !host.isEmpty:
      copy.insert(contentsOf: host, at: 0)
      return .copied(
        type: type, text: record.lowerBound + host.count..<record.upperBound + host.count,
        node: 0..<host.count)
    default: return content
    }
  }
}

extension [UInt8] {
  mutating func append(literal: StaticString) {
    // A literal's bytes are never freed.
    unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  mutating func append(decimal number: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var rest = number
    var index = 20
    repeat {
      index -= 1
      digits[index] = UInt8(rest % 10) + 0x30
      rest /= 10
    } while rest > 0
    append(copying: digits.span.extracting(index..<20))
  }
}
