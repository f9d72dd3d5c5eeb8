/// The text of kernel messages that processes chose: which of the following lines may belong to it.
///
/// The kernel prints such text with the line feeds in it: a user message's, which any process with CAP_AUDIT_WRITE may send, but also
/// file names, mount options and the like in messages of its other parts. Readers of the kernel's log split it, and put before its
/// lines what they put before a message's first line, or nothing.
///
/// - A user message: nothing is believed for as many bytes as its text may have, unless a line of its own form has another time of
///   the kernel's after the message was closed.
/// - Another message that is no record and not known to be whole (see `KnownMessage`): lines of its host are not believed for as many
///   bytes, unless they have another time of the kernel's, or a log daemon's that is many seconds away; nor are lines without any time.
/// - A line without a prefix: in a log whose kernel messages have no times, what follows may be its text.
struct ForeignText: Sendable {
  /// Whether the log's kernel messages have times.
  enum Times: Sendable {
    case unknown, present, missing
  }

  private var userMessages = HostMessages()
  private var otherMessages = HostMessages()
  private var afterUserMessage = TextWindow()
  private var afterOtherMessage = TextWindow()
  private var afterPlainLine = TextWindow()
  private(set) var times = Times.unknown
  /// Whether a line may be text of a message before it.
  private(set) var isActive = false

  /// What a user message may hold in auditd's form, which is not cut as printk() cuts it.
  // See: MAX_AUDIT_MESSAGE_LENGTH in libaudit.h, AUDIT_MESSAGE_TEXT_MAX in linux/audit.h
  private static let longestUserMessage = 8970

  /// Whether messages of this type hold what a program sent.
  // See: AUDIT_USER, AUDIT_FIRST_USER_MSG and AUDIT_FIRST_USER_MSG2 in linux/audit.h
  static func isUserMessage(type: UInt64) -> Bool {
    type == 1005 || (1100...1199).contains(type) || (2100...2999).contains(type)
  }

  /// Begins with a kernel message's first line.
  mutating func begin(_ line: borrowing Span<UInt8>, prefix: KernelLinePrefix, isUserMessage: Bool) {
    // A line feed in it is escaped.
    guard prefix.time != .kmsg else { return }
    guard isUserMessage || prefix.time != .missing else { return beginPlain(line, from: prefix.end) }
    let host = HostMessages.hash(line, prefix.host)
    let message = MessageText(line, prefix: prefix, isUserMessage: isUserMessage)
    if isUserMessage {
      userMessages.begin(message, of: host)
      afterUserMessage.open(message.left, of: host)
    } else {
      otherMessages.begin(message, of: host)
      afterOtherMessage.open(message.left, of: host)
    }
    isActive = true
  }

  /// Begins with a line that has no prefix.
  mutating func beginPlain(_ line: borrowing Span<UInt8>, from start: Int = 0) {
    afterPlainLine.open(MessageText.longest - MessageText.length(of: line, from: start), of: nil)
    isActive = true
  }

  /// Begins with a user message in auditd's form whose text is not over at its line's end.
  mutating func beginOpen(_ line: borrowing Span<UInt8>) {
    afterUserMessage.open(max(0, Self.longestUserMessage - line.count), of: nil)
    isActive = true
  }

  /// Whether a line may be text of a message. To be called for every line, in their order; `prefix` is nil for lines that
  /// are no kernel log's.
  mutating func mayHold(
    _ line: borrowing Span<UInt8>, textFrom start: Int, prefix: KernelLinePrefix?
  ) -> Bool {
    if let prefix { noteTimes(prefix) }
    guard isActive else { return false }
    let length = MessageText.length(of: line, from: start)
    let host = HostMessages.hash(line, prefix?.host)
    let user = userMessages.add(line, textLength: length, prefix: prefix, host: host)
    let other = otherMessages.add(line, textLength: length, prefix: prefix, host: host)
    if user == .ends { afterUserMessage.close(of: host) }
    if other == .ends { afterOtherMessage.close(of: host) }
    let isAfterUserMessage = afterUserMessage.pass(length)
    let isAfterOtherMessage = afterOtherMessage.pass(length)
    let isAfterPlainLine = afterPlainLine.pass(length)
    isActive =
      !userMessages.isEmpty || !otherMessages.isEmpty || afterUserMessage.left > 0
      || afterOtherMessage.left > 0 || afterPlainLine.left > 0

    if user == .mayBelong || other == .mayBelong || isAfterUserMessage { return true }
    switch prefix?.time {
    case .missing: return isAfterOtherMessage || isAfterPlainLine
    case nil, .kmsg: return isAfterOtherMessage || isAfterPlainLine && times == .missing
    // A log of one host whose first lines have no times may have none at all.
    case .coarse, .kernel:
      return isAfterPlainLine && (times == .missing || times == .unknown && prefix?.host == nil)
    }
  }

  private mutating func noteTimes(_ prefix: KernelLinePrefix) {
    guard times == .unknown else { return }
    if prefix.time == .missing {
      times = .missing
    } else if afterPlainLine.left == 0 {
      // Else it may be text that imitates a time.
      times = .present
    }
  }
}
