/// Why a line that may be a record was not read as one.
public enum UnreadLine: Int, CaseIterable, Sendable {
  /// A kernel message without a time before it, in a log whose other kernel messages have one.
  case noTime
  /// It follows a user message or another kernel message, and may be a line of that message's text.
  case messageText
  /// It begins with zero bytes or a byte order mark.
  case notText
  /// It follows the end of a gzip file, in the same file.
  case afterGzip

  /// For messages: what these lines are.
  public var reason: String {
    switch self {
    case .noTime: "have no time before the kernel's message, as others in the log do"
    case .messageText: "may be text of the user message or other kernel message before them"
    case .notText: "begin with zero bytes or a byte order mark"
    case .afterGzip: "follow the end of a gzip file"
    }
  }

  /// For messages: what can be done so that such records are read.
  public var remedy: String {
    switch self {
    case .noTime: "use the log with its times: 'dmesg' without -t, 'journalctl -k' or audit.log"
    case .messageText: "use audit.log, or 'dmesg' with the kernel's own times"
    case .notText: "remove these bytes, for example with 'tr -d '\\000''"
    case .afterGzip: "unpack the file and give what follows it as a file of its own"
    }
  }
}
