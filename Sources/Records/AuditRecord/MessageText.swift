/// A kernel message whose text a process may have chosen, and how much of that text may still follow.
///
/// printk() prints 1,024 bytes at most at once, so a message's text ends within as many.
// See: PRINTKRB_RECORD_MAX in kernel/printk/internal.h, LOG_LINE_MAX before Linux 6.4
struct MessageText: Sendable {
  static let longest = 1024
  /// What a log daemon's times of one message's lines may differ by, in seconds.
  private static let timeTolerance = 10

  /// The time of all of its lines, where that is the kernel's.
  var time: UInt64?
  /// The log daemon's time, in seconds since midnight. nil where the text may imitate a later one.
  private var second: Int?
  /// Bytes that its text may still have.
  var left = longest
  /// It is a user message whose `msg='` has not been closed at the end of a line.
  private var isOpen = false
  private let isUserMessage: Bool

  /// Begins with a message's first line.
  init(_ line: borrowing Span<UInt8>, prefix: KernelLinePrefix, isUserMessage: Bool) {
    self.isUserMessage = isUserMessage
    switch prefix.time {
    case .kernel(let time): self.time = time
    case .coarse: second = isUserMessage ? nil : line.secondOfDay(in: 0..<prefix.end)
    case .missing, .kmsg: break
    }
    add(line, textLength: Self.length(of: line, from: prefix.end))
  }

  /// Whether a line, whose prefix has the form of the message's own, shows that the message is over.
  ///
  /// A user message's closing quote proves nothing, for the text may hold quotes, and neither does the log daemon's time.
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

  /// Adds a line that may belong to it.
  mutating func add(_ line: borrowing Span<UInt8>, textLength: Int) {
    left -= textLength
    isOpen = isUserMessage && (line.count == 0 || line[line.count - 1] != UInt8(ascii: "'"))
  }

  /// Adds a message that began while this one may not have been over: it may itself be text of this one, and must not end it.
  mutating func merge(_ other: MessageText) {
    if time != other.time { time = nil }
    // The later time counts: text that imitates one is held for no longer than its bytes.
    second = other.second
    left = max(left, other.left)
    isOpen = other.isOpen
  }

  /// How many bytes of a message's text a line has, with its line feed. What a reader of the log has escaped (`\x0a`, `#012`) is one.
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
