/// The text of user messages in a kernel log: which of the following lines may belong to it.
///
/// printk() prints 1,024 bytes at most at once, so a message's text ends within as many. Its closing quote proves nothing, for
/// the text may hold quotes. Where each line has the kernel's own time, another time ends a message that was closed; in any other
/// form a line within those bytes may be text of it.
// See: PRINTKRB_RECORD_MAX in kernel/printk/internal.h, LOG_LINE_MAX before Linux 6.4
struct UserMessageText: Sendable {
  private struct Message: Sendable {
    /// The time of all of its lines, where that is the kernel's.
    var time: UInt64?
    /// Bytes that its text may still have.
    var left: Int
    /// Its `msg='` has not been closed at the end of a line.
    var isOpen: Bool
  }

  /// Messages that may not be over, by their host's name's hash. Lines of a log without hosts have the hash of no bytes.
  private var messages: [UInt64: Message] = [:]

  private static let longestText = 1024
  /// More hosts than any log has; where they are as many, no other host is believed.
  private static let maxHosts = 65_536

  /// Whether messages of this type hold what a program sent.
  // See: AUDIT_USER, AUDIT_FIRST_USER_MSG and AUDIT_FIRST_USER_MSG2 in linux/audit.h
  static func isUserMessage(type: UInt64) -> Bool {
    type == 1005 || (1100...1199).contains(type) || (2100...2999).contains(type)
  }

  /// Begins with a user message's first line.
  mutating func begin(_ line: borrowing Span<UInt8>, prefix: KernelLinePrefix) {
    // A line feed in it is escaped.
    guard prefix.time != .kmsg else { return }
    let host = Self.hash(line, prefix.host)
    guard messages.count < Self.maxHosts || messages[host] != nil else { return }
    var message = Message(left: Self.longestText, isOpen: true)
    if case .kernel(let time) = prefix.time { message.time = time }
    Self.read(line, from: prefix.end, of: &message)
    if let earlier = messages[host] {
      // It may itself be text of that one, and must not end it.
      if earlier.time != message.time { message.time = nil }
      message.left = max(message.left, earlier.left)
    }
    messages[host] = message
  }

  /// Whether a line may be text of a message. To be called for every line, in their order; `prefix` is nil for lines that
  /// are no kernel log's.
  mutating func mayHold(
    _ line: borrowing Span<UInt8>, textFrom start: Int, prefix: KernelLinePrefix?
  ) -> Bool {
    guard !messages.isEmpty else { return false }
    // A line that does not name its host may imitate any other, so that all lines may be text of such a message.
    let ofNoHost = Self.hash(line, nil)
    let inNoHosts = mayHold(line, textFrom: start, prefix, of: ofNoHost)
    guard let name = prefix?.host else { return inNoHosts }
    let host = Self.hash(line, name)
    if messages.count >= Self.maxHosts, messages[host] == nil { return true }
    return mayHold(line, textFrom: start, prefix, of: host) || inNoHosts
  }

  private mutating func mayHold(
    _ line: borrowing Span<UInt8>, textFrom start: Int, _ prefix: KernelLinePrefix?, of host: UInt64
  ) -> Bool {
    guard var message = messages[host] else { return false }
    if let prefix, case .kernel(let time) = prefix.time, let first = message.time, first != time,
      !message.isOpen
    {
      messages[host] = nil
      return false
    }
    Self.read(line, from: start, of: &message)
    messages[host] = message.left > 0 ? message : nil
    return true
  }

  /// Counts a line's text. What a reader of the log has escaped (`\x0a`, `#012`) is one byte of the message.
  private static func read(_ line: borrowing Span<UInt8>, from start: Int, of message: inout Message) {
    var position = start
    // dmesg indents lines that have no prefix.
    while position < line.count, line[position] == UInt8(ascii: " ") { position += 1 }
    while position < line.count, message.left > 0 {
      let isEscaped = line[position] == UInt8(ascii: "\\") || line[position] == UInt8(ascii: "#")
      position += isEscaped ? 4 : 1
      message.left -= 1
    }
    message.left -= 1
    message.isOpen = line.count == 0 || line[line.count - 1] != UInt8(ascii: "'")
  }

  /// FNV-1a. See: http://www.isthe.com/chongo/tech/comp/fnv/
  private static func hash(_ line: borrowing Span<UInt8>, _ range: Range<Int>?) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in range ?? 0..<0 { hash = (hash ^ UInt64(line[index])) &* 0x100_0000_01b3 }
    return hash
  }
}
