/// Finds the SECCOMP records in the lines of a log, which are given in their order.
///
/// - auditd's log: `type=SECCOMP msg=audit(...): ...`, with or without `node=NAME ` before it
/// - the kernel's log: `audit: type=1326 audit(...): ...`, behind one of the prefixes of `KernelLinePrefix`
///
/// A process with CAP_AUDIT_WRITE has the kernel print user messages whose text may hold line feeds. Readers of the kernel's log
/// show what follows one as a line of its own, with a prefix or without: such a line must not become a record. auditd replaces line
/// feeds, so only kernel messages need this. See `UserMessageText` for what is not believed.
public struct LogLineReader: Sendable {
  private var messages = UserMessageText()

  /// All lines are cut to less than this: behind so many zero bytes there may be anything.
  private static let longZeros = 4096

  public init() {}

  /// What `line`, which is given without its line feed, holds.
  public mutating func read(_ line: borrowing Span<UInt8>) -> LogLine {
    var end = line.count
    while end > 0, line[end - 1] == UInt8(ascii: "\r") || line[end - 1] == 0 { end -= 1 }
    guard !Self.isNoText(line, end) else { return .unread(.notText) }

    if let (record, node) = Self.auditLog(line, end) {
      guard !messages.mayHold(line, textFrom: 0, prefix: nil) else { return .unread(.userMessage) }
      return .seccomp(record: min(record, end)..<end, node: node)
    }
    guard let prefix = KernelLinePrefix(line) else {
      _ = messages.mayHold(line, textFrom: 0, prefix: nil)
      return .other
    }
    let isInMessage = messages.mayHold(line, textFrom: prefix.end, prefix: prefix)
    guard line.hasLiteral("audit: type=", at: prefix.end) else { return .other }
    let number = prefix.end + 12
    guard line.hasLiteral("1326 ", at: number) else {
      var position = number
      if let type = line.decimal(at: &position, digits: 4...4), line.skip(UInt8(ascii: " "), at: &position),
        UserMessageText.isUserMessage(type: type)
      {
        messages.begin(line, prefix: prefix)
      }
      return .other
    }
    guard prefix.time != .missing else { return .unread(.noTime) }
    guard !isInMessage else { return .unread(.userMessage) }
    return .seccomp(record: min(number + 5, end)..<end, node: prefix.host)
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

  /// The offset of the record in `type=SECCOMP msg=audit(...)`, and those of the node's name. auditd writes the number where it knows
  /// no name.
  private static func auditLog(
    _ line: borrowing Span<UInt8>, _ end: Int
  ) -> (record: Int, node: Range<Int>?)? {
    var position = 0
    var node: Range<Int>?
    if line.hasLiteral("node=", at: 0) {
      guard end > 5, let space = line.firstIndex(of: UInt8(ascii: " "), in: 5..<end) else { return nil }
      node = 5..<space
      position = space + 1
    }
    guard line.hasLiteral("type=", at: position) else { return nil }
    for type: StaticString in ["SECCOMP ", "UNKNOWN[1326] ", "1326 "]
    where line.hasLiteral(type, at: position + 5) {
      let message = position + 5 + type.utf8CodeUnitCount
      // Without `msg=` the line claims to be a record and is none: parsing it says so.
      return (line.hasLiteral("msg=", at: message) ? message + 4 : message, node)
    }
    return nil
  }
}
