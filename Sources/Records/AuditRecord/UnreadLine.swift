/// Why a possible record in a log was not read.
public enum UnreadLine: Int, CaseIterable, Sendable {
  /// A kernel message without a time, in a log whose other kernel messages have one.
  case noTime
  /// The line follows a user message or another kernel message and may be text of that message.
  case messageText
  /// The line begins with zero bytes or a byte order mark.
  case notText
  /// The line follows the end of a gzip file, in the same file.
  case afterGzip
  /// A program sent the message as a decision of its own about access, a USER_AVC.
  case userMessage

  /// What these lines are, for messages.
  public var reason: String {
    switch self {
    case .noTime: "have no time before the kernel's message, as others in the log do"
    case .messageText: "may be text of the user message or other kernel message before them"
    case .notText: "begin with zero bytes or a byte order mark"
    case .afterGzip: "follow the end of a gzip file"
    case .userMessage: "are USER_AVC messages: programs wrote their text, not the kernel"
    }
  }

  /// What to do so that such records are read, for messages.
  public var remedy: String {
    switch self {
    case .noTime: "use the log with its times: 'dmesg' without -t, 'journalctl -k' or audit.log"
    case .messageText: "use audit.log, or 'dmesg' with the kernel's own times"
    case .notText: "remove these bytes, for example with 'tr -d '\\000''"
    case .afterGzip: "unpack the file, and pass what follows it as a separate file"
    case .userMessage: "'ausearch -m USER_AVC' shows them"
    }
  }
}
