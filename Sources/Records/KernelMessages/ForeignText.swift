internal import AuditRecord

/// Decides which lines may be text that a process put into an earlier kernel message.
///
/// The kernel prints such text with its line feeds. It occurs in user messages, which any process with CAP_AUDIT_WRITE may send, and as
/// file names, mount options and the like in messages of other subsystems. Programs that read the kernel's log split the text into lines
/// and prefix each like the message's first line, or not at all. A process could imitate a record this way.
///
/// - After a user message, no line is accepted as a record for as many bytes as the message's text may have. The exception is a line of
///   the same form whose kernel time differs, after the message was closed.
/// - After any other message that is no record and may be incomplete (see `KnownMessage`), lines of the same host are rejected for as
///   many bytes, unless they have a different kernel time, or a log daemon's time that is many seconds away. Lines without any time are
///   rejected, too.
/// - After a line without a prefix, in a log whose kernel messages have no times, the following lines may be its text.
package struct ForeignText: Sendable {
  /// Whether the log's kernel messages have times.
  package enum Times: Sendable {
    case unknown, present, missing
  }

  private var userMessages = HostMessages()
  private var otherMessages = HostMessages()
  private var afterUserMessage = TextWindow()
  private var afterOtherMessage = TextWindow()
  private var afterPlainLine = TextWindow()
  package private(set) var times = Times.unknown
  /// Whether the next line may be text of an earlier message.
  package private(set) var isActive = false
  /// Whether the next text is within a line whose bytes have been counted already.
  package var isNested = false
  /// Whether the next line may be text of a user message, whatever its form is.
  package var isInUserMessage: Bool { afterUserMessage.remaining > 0 }

  package init() {}

  /// The maximum length of a user message in auditd's form, which printk() does not cut.
  // See: MAX_AUDIT_MESSAGE_LENGTH in libaudit.h, AUDIT_MESSAGE_TEXT_MAX in linux/audit.h
  private static let longestUserMessage = 8970

  /// Whether messages of this type contain text that a program sent.
  // See: AUDIT_USER, AUDIT_FIRST_USER_MSG and AUDIT_FIRST_USER_MSG2 in linux/audit.h
  package static func isUserMessage(type: UInt64) -> Bool {
    type == 1005 || (1100...1199).contains(type) || (2100...2999).contains(type)
  }

  /// Starts tracking a kernel message at its first line.
  package mutating func begin(_ line: borrowing Span<UInt8>, prefix: KernelLinePrefix, isUserMessage: Bool) {
    // In /dev/kmsg's form, a line feed within a message is escaped.
    guard prefix.time != .kmsg else { return }
    guard isUserMessage || prefix.time != .missing else { return beginPlain(line, from: prefix.end) }
    let host = HostMessages.hash(line, prefix.host)
    let message = MessageText(line, prefix: prefix, isUserMessage: isUserMessage)
    if isUserMessage {
      userMessages.begin(message, of: host)
      afterUserMessage.open(message.remaining, of: host)
    } else {
      otherMessages.begin(message, of: host)
      afterOtherMessage.open(message.remaining, of: host)
    }
    isActive = true
  }

  /// Starts tracking a line that has no prefix.
  package mutating func beginPlain(_ line: borrowing Span<UInt8>, from start: Int = 0) {
    afterPlainLine.open(MessageText.longest - MessageText.length(of: line, from: start), of: nil)
    isActive = true
  }

  /// Starts tracking a user message in auditd's form whose text continues after the end of its line.
  package mutating func beginOpen(_ line: borrowing Span<UInt8>) {
    afterUserMessage.open(max(0, Self.longestUserMessage - line.count), of: nil)
    isActive = true
  }

  /// Whether a line may be text of an earlier message. Must be called for every line in order. `prefix` is nil for lines without a kernel
  /// prefix.
  package mutating func mayHold(
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
    let isAfterUserMessage = isNested ? isInUserMessage : afterUserMessage.pass(length)
    let isAfterOtherMessage = afterOtherMessage.pass(length)
    let isAfterPlainLine = afterPlainLine.pass(length)
    isActive =
      !userMessages.isEmpty || !otherMessages.isEmpty || afterUserMessage.remaining > 0
      || afterOtherMessage.remaining > 0 || afterPlainLine.remaining > 0

    if user == .mayBelong || other == .mayBelong || isAfterUserMessage { return true }
    switch prefix?.time {
    case .missing: return isAfterOtherMessage || isAfterPlainLine
    case nil, .kmsg: return isAfterOtherMessage || isAfterPlainLine && times == .missing
    // If the first lines of a single host's log have no times, the whole log may have none.
    case .coarse, .kernel:
      return isAfterPlainLine && (times == .missing || times == .unknown && prefix?.host == nil)
    }
  }

  private mutating func noteTimes(_ prefix: KernelLinePrefix) {
    guard times == .unknown else { return }
    if prefix.time == .missing {
      times = .missing
    } else if afterPlainLine.remaining == 0 {
      // After a plain line, this prefix could be text that imitates a time.
      times = .present
    }
  }
}
