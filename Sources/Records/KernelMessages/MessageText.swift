internal import AuditRecord

/// A kernel message whose text a process may have chosen, and how much of that text may still follow.
///
/// printk() prints at most 1,024 bytes at once, so the text of a message is no longer than that.
// See: PRINTKRB_RECORD_MAX in kernel/printk/internal.h, LOG_LINE_MAX before Linux 6.4
struct MessageText: Sendable {
  static let longest = 1024
  /// The maximum difference, in seconds, between a log daemon's times for the lines of one message.
  private static let timeTolerance = 10

  /// The kernel's time, which all lines of the message share; nil if the log has none.
  var time: UInt64?
  /// The log daemon's time in seconds since midnight; nil if the text may imitate a later time.
  private var second: Int?
  /// The number of bytes by which the text may still continue.
  var remaining = longest
  /// Whether this is a user message whose `msg='` was not closed at the end of its last line.
  private var isOpen = false
  private let isUserMessage: Bool

  /// Starts a message with its first line.
  init(_ line: borrowing Span<UInt8>, prefix: KernelLinePrefix, isUserMessage: Bool) {
    self.isUserMessage = isUserMessage
    switch prefix.time {
    case .kernel(let time): self.time = time
    case .coarse: second = isUserMessage ? nil : line.secondOfDay(in: 0..<prefix.end)
    case .missing, .kmsg: break
    }
    add(line, textLength: Self.length(of: line, from: prefix.end))
  }

  /// Whether a line, whose prefix has the same form as the message's own, shows that the message is complete.
  ///
  /// For a user message, a closing quote proves nothing because the text may contain quotes. A log daemon's time proves nothing either.
  func hasEnded(before line: borrowing Span<UInt8>, _ prefix: KernelLinePrefix) -> Bool {
    switch prefix.time {
    case .kernel(let other): return time != nil && time != other && !isOpen
    case .coarse:
      guard let second, let other = line.secondOfDay(in: 0..<prefix.end) else { return false }
      let distance = abs(second - other)
      return min(distance, 86_400 - distance) > Self.timeTolerance
    case .missing, .kmsg: return false
    }
  }

  /// Adds a line that may belong to the message.
  mutating func add(_ line: borrowing Span<UInt8>, textLength: Int) {
    remaining -= textLength
    isOpen = isUserMessage && (line.count == 0 || line[line.count - 1] != UInt8(ascii: "'"))
  }

  /// Merges a message that began while this one may have been incomplete. The other may itself be text of this one, so it must not end
  /// it.
  mutating func merge(_ other: MessageText) {
    if time != other.time { time = nil }
    // The later time is used: text that imitates a time is still tracked only for as long as its bytes.
    second = other.second
    remaining = max(remaining, other.remaining)
    isOpen = other.isOpen
  }

  /// The number of bytes of message text in a line, including its line feed. An escape of the log's reader (`\x0a`, `#012`) counts as one
  /// byte.
  static func length(of line: borrowing Span<UInt8>, from start: Int) -> Int {
    var position = start
    // dmesg and journalctl indent lines that have no prefix.
    while position < line.count, line[position] == UInt8(ascii: " ") { position += 1 }
    var length = 1
    while position < line.count, length <= longest {
      let isEscaped = line[position] == UInt8(ascii: "\\") || line[position] == UInt8(ascii: "#")
      position += isEscaped ? 4 : 1
      length += 1
    }
    return length
  }
}
