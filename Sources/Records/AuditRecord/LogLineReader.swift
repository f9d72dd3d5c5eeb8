/// Finds the SECCOMP records in the lines of a log, which are given in their order.
///
/// - auditd's log: `type=SECCOMP msg=audit(...): ...`, with or without `node=NAME ` before it
/// - the kernel's log: `audit: type=1326 audit(...): ...`, behind one of the prefixes of `KernelLinePrefix`
///
/// A process with CAP_AUDIT_WRITE has the kernel print user messages whose text may hold line feeds, and other kernel messages hold
/// text of processes, too. Readers of the kernel's log show what follows a line feed as a line of its own, with a prefix or without:
/// such a line must not become a record. See `ForeignText` for what is not believed.
public struct LogLineReader: Sendable {
  private var foreign = ForeignText()

  /// All lines are cut to less than this: behind so many zero bytes there may be anything.
  private static let longZeros = 4096

  public init() {}

  /// What `line`, which is given without its line feed, holds.
  public mutating func read(_ line: borrowing Span<UInt8>) -> LogLine {
    // The commonest form, if nothing before it makes it doubtful: `type=SECCOMP msg=`.
    if !foreign.isActive, line.word(at: 0) == 0x7479_7065_3d53_4543,
      line.word(at: 8) == 0x434f_4d50_206d_7367, line.count > 17, line[16] == UInt8(ascii: "="),
      line[line.count - 1] > 0x20
    {
      return .seccomp(record: 17..<line.count, node: nil)
    }
    return readAny(line)
  }

  private mutating func readAny(_ line: borrowing Span<UInt8>) -> LogLine {
    var end = line.count
    while end > 0, line[end - 1] == UInt8(ascii: "\r") || line[end - 1] == 0 { end -= 1 }
    guard !Self.isNoText(line, end) else {
      // What stands behind that may be a message's first line.
      var start = 0
      while start < end, line[start] == 0 || line[start] > 0x7f { start += 1 }
      _ = readAny(line.extracting(start..<end))
      return .unread(.notText)
    }

    if let form = Self.auditLog(line, end) {
      let isDoubtful = foreign.mayHold(line, textFrom: 0, prefix: nil)
      guard let record = form.record else {
        if Self.isOpenUserMessage(line, form.type..<end) { foreign.beginOpen(line) }
        return .other
      }
      return isDoubtful ? .unread(.messageText) : .seccomp(record: min(record, end)..<end, node: form.node)
    }
    guard let prefix = KernelLinePrefix(line) else { return readWithoutPrefix(line, end) }
    return readKernelMessage(line, end, prefix)
  }

  private mutating func readKernelMessage(
    _ line: borrowing Span<UInt8>, _ end: Int, _ prefix: KernelLinePrefix
  ) -> LogLine {
    let isDoubtful = foreign.mayHold(line, textFrom: prefix.end, prefix: prefix)
    guard line.hasLiteral("audit: type=", at: prefix.end) else {
      if !KnownMessage.isWhole(line, min(prefix.end, end)..<end) {
        foreign.begin(line, prefix: prefix, isUserMessage: false)
      }
      return .other
    }
    let number = prefix.end + 12
    guard line.hasLiteral("1326 ", at: number) else {
      var position = number
      if let type = line.decimal(at: &position, digits: 4...4), line.skip(UInt8(ascii: " "), at: &position),
        ForeignText.isUserMessage(type: type)
      {
        foreign.begin(line, prefix: prefix, isUserMessage: true)
      }
      return .other
    }
    guard prefix.time != .missing || foreign.times != .present else { return .unread(.noTime) }
    guard !isDoubtful else { return .unread(.messageText) }
    return .seccomp(record: min(number + 5, end)..<end, node: prefix.host)
  }

  /// Another program's line, a line of a message's text, or a kernel message in a log without times.
  private mutating func readWithoutPrefix(_ line: borrowing Span<UInt8>, _ end: Int) -> LogLine {
    let mayBeText = foreign.mayHold(line, textFrom: 0, prefix: nil)
    var start = 0
    while start < end, line[start] == UInt8(ascii: " ") || line[start] == UInt8(ascii: "\t") { start += 1 }
    if start > 0 {
      return mayBeText && Self.looksLikeRecord(line.extracting(start..<end)) ? .unread(.messageText) : .other
    }
    if KernelLinePrefix.mayBeMissing(line), !KnownMessage.isWhole(line, 0..<end) { foreign.beginPlain(line) }
    return .other
  }

  /// Whether a line without its indentation has the form of a record.
  private static func looksLikeRecord(_ line: borrowing Span<UInt8>) -> Bool {
    if let form = auditLog(line, line.count) { return form.record != nil }
    guard let prefix = KernelLinePrefix(line) else { return false }
    return line.hasLiteral("audit: type=1326 ", at: prefix.end)
  }

  /// Whether a line begins with zero bytes, as after a crash or in a file that was cut off while its writer went on, or with a byte
  /// order mark. Zero bytes alone hide nothing, unless there are so many that the line may have been cut.
  private static func isNoText(_ line: borrowing Span<UInt8>, _ end: Int) -> Bool {
    guard line.count > 1 else { return false }
    if line[0] == 0 { return end > 0 || line.count >= longZeros }
    // Of UTF-8, and of UTF-16 in either order.
    return line[0] == 0xef && line[1] == 0xbb && line.count > 2 && line[2] == 0xbf
      || line[0] == 0xfe && line[1] == 0xff || line[0] == 0xff && line[1] == 0xfe
  }

  /// The offsets of the type and of the record in `type=SECCOMP msg=audit(...)`, and those of the node's name. auditd writes the number
  /// where it knows no name. `record` is nil for other types.
  private static func auditLog(
    _ line: borrowing Span<UInt8>, _ end: Int
  ) -> (type: Int, record: Int?, node: Range<Int>?)? {
    var position = 0
    var node: Range<Int>?
    if line.hasLiteral("node=", at: 0) {
      guard end > 5, let space = line.firstIndex(of: UInt8(ascii: " "), in: 5..<end) else { return nil }
      node = 5..<space
      position = space + 1
    }
    guard line.hasLiteral("type=", at: position), position + 5 <= end else { return nil }
    position += 5
    for type: StaticString in ["SECCOMP ", "UNKNOWN[1326] ", "1326 "]
    where line.hasLiteral(type, at: position) {
      let message = position + type.utf8CodeUnitCount
      // Without `msg=` the line claims to be a record and is none: parsing it says so.
      return (position, line.hasLiteral("msg=", at: message) ? message + 4 : message, node)
    }
    return (position, nil, node)
  }

  /// Whether a line of auditd's is a user message whose closing quote is missing, because a line feed in its text was left as it is.
  ///
  /// The kernel writes nothing in quotes before such a message's `msg='`.
  // See: audit_receive_msg() in kernel/audit.c
  private static func isOpenUserMessage(_ line: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let quote = line.firstIndex(of: UInt8(ascii: "'"), in: range), quote >= range.lowerBound + 5,
      line.hasLiteral(" msg=", at: quote - 5),
      line.firstIndex(of: UInt8(ascii: "\""), in: range.lowerBound..<quote) == nil
    else { return false }
    var last = range.upperBound - 1
    while line[last] != UInt8(ascii: "'") { last -= 1 }
    guard last > quote else { return true }
    // What auditd's ENRICHED format appends begins with a separator, or without it with a key in capitals.
    guard last + 1 < range.upperBound else { return false }
    return line[last + 1] != FieldScanner.enrichmentSeparator && !(0x41...0x5a).contains(line[last + 1])
  }
}
