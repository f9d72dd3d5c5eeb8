package import EnrichedLog
internal import LogOutput
internal import Glibc
package import Logging
internal import Synchronization

/// The service's own log, on standard error: one line per event, never mixed with the records.
///
/// Under systemd each line begins with a level prefix that journald understands, elsewhere with a word. A log call waits at most
/// `timeout` for a blocked reader: the records must continue, and the number of omitted messages is reported later. Messages
/// that `journalctl -x` explains are sent to journald directly, unless that would block.
// See: man 3 sd-daemon
package struct StandardErrorLog: LogHandler {
  package var logLevel: Logger.Level = .info
  package var metadata: Logger.Metadata = [:]
  private let isJournal: Bool
  /// How long one message waits for the reader, in milliseconds. The messages after it do not wait until the reader accepts one again.
  private static let timeout: Int32 = 1000
  /// How many messages were omitted since the last one was written.
  private static let leftOut = Mutex(0)
  /// The metadata key of the message ID, by which `journalctl -x` finds the explanation.
  fileprivate static let messageID = "MESSAGE_ID"

  /// `journalStream` is JOURNAL_STREAM of the environment: device and inode of the stream that systemd connected to journald. A
  /// shell started by a unit inherits the variable, but its standard error may be anything else.
  // See: JOURNAL_STREAM in man 5 systemd.exec
  package init(journalStream: String?) {
    var file = stat()
    isJournal = unsafe fstat(2, &file) == 0 && journalStream == "\(file.st_dev):\(file.st_ino)"
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var all = metadata.merging(event.metadata ?? [:]) { $1 }
    let id = all.removeValue(forKey: Self.messageID).flatMap { JournalMessage(rawValue: "\($0)") }
    let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let text = "\(event.message)\(details)"
    if isJournal, let id, JournalWriter.write(text.escaped, priority: event.level.priority, id) { return }
    report(text, event.level, word: event.level.word)
  }

  /// Reports why a command failed. The line has no level word, because the command logs nothing else.
  package func reportFailure(_ reason: String) { report(reason, .error, word: "") }

  private func report(_ text: String, _ level: Logger.Level, word: String) {
    Self.leftOut.withLock { leftOut in
      guard StandardError.isWritable(within: leftOut == 0 ? Self.timeout : 0) else {
        leftOut += 1
        return
      }
      if leftOut > 0 {
        let level = Logger.Level.warning
        write(
          "\(leftOut) messages were discarded, because standard error was not read", level, word: level.word)
        leftOut = 0
      }
      write(text, level, word: word)
    }
  }

  private func write(_ text: String, _ level: Logger.Level, word: String) {
    StandardError.write((isJournal ? "<\(level.priority)>" : "audit-enricher: \(word)") + text)
  }
}

/// Standard error, where users see all messages except records.
package enum StandardError {
  /// Whether a line can be written within this many milliseconds. A pipe that is ready accepts at least 4096 bytes.
  fileprivate static func isWritable(within milliseconds: Int32) -> Bool {
    var reader = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
    // An interrupted wait counts as a timeout.
    return unsafe poll(&reader, 1, milliseconds) > 0
  }

  /// Writes one line, with the control characters in it escaped. Errors are ignored, because there is nowhere to report them.
  package static func write(_ line: String) {
    let bytes = Array((line.escaped + "\n").utf8)
    // One call, so that lines of several threads stay whole.
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress!, $0.count) }
  }
}

extension Logger.Level {
  /// The priority in syslog. See: man 3 syslog
  fileprivate var priority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }

  fileprivate var word: String {
    switch self {
    case .trace, .debug, .info, .notice: ""
    case .warning: "warning: "
    case .error, .critical: "error: "
    }
  }
}

extension Logger {
  /// Logs an event that the message catalog explains.
  package func report(
    _ id: JournalMessage, _ message: Logger.Message, _ metadata: Logger.Metadata = [:],
    level: Logger.Level = .warning
  ) {
    log(
      level: level, message, metadata: metadata.merging([StandardErrorLog.messageID: "\(id.rawValue)"]) { $1 }
    )
  }
}
