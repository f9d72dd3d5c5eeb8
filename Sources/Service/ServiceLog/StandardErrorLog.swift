package import EnrichedLog
internal import Glibc
package import Logging
internal import Synchronization

/// The service's own log, on standard error: a line an event, never mixed with the records.
///
/// Under systemd each line begins with a level that journald understands, elsewhere with a word. Whoever logs waits no longer
/// than `timeout` for a reader that stands still: records go on, and how many messages were left out is told later. What
/// `journalctl -x` explains goes to journald itself, unless that would have to be waited for.
// See: man 3 sd-daemon
package struct StandardErrorLog: LogHandler {
  package var logLevel: Logger.Level = .info
  package var metadata: Logger.Metadata = [:]
  private let isJournal: Bool
  /// Milliseconds that one message waits to be taken. Those after it do not wait until something is taken again.
  private static let timeout: Int32 = 1000
  /// How many messages were left out since one was taken.
  private static let leftOut = Mutex(0)
  /// The key of a message's ID, which `journalctl -x` explains it by.
  fileprivate static let messageID = "MESSAGE_ID"

  /// `journalStream` is JOURNAL_STREAM of the environment: device and inode of the stream that systemd connected to journald.
  /// A shell below a unit has it, too, and its standard error may be anything else.
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

  /// Says why a command did not do what it should. Of a program that says nothing else it needs no word for that.
  package func reportFailure(_ reason: String) { report(reason, .error, word: "") }

  private func report(_ text: String, _ level: Logger.Level, word: String) {
    Self.leftOut.withLock { leftOut in
      guard StandardError.takes(within: leftOut == 0 ? Self.timeout : 0) else {
        leftOut += 1
        return
      }
      if leftOut > 0 {
        let level = Logger.Level.warning
        say("\(leftOut) messages were left out: nobody read standard error", level, word: level.word)
        leftOut = 0
      }
      say(text, level, word: word)
    }
  }

  private func say(_ text: String, _ level: Logger.Level, word: String) {
    StandardError.say((isJournal ? "<\(level.priority)>" : "audit-enricher: \(word)") + text)
  }
}

/// Where users are told of anything but records.
package enum StandardError {
  /// Whether a line would be taken at once, or is within so many milliseconds. A pipe that says so has room for 4096 bytes.
  fileprivate static func takes(within milliseconds: Int32) -> Bool {
    var reader = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
    // A signal counts as if the time were over.
    return unsafe poll(&reader, 1, milliseconds) > 0
  }

  /// Writes a line, whatever others put into it. If nobody can be told, nobody is.
  package static func say(_ line: String) {
    let bytes = Array((line.escaped + "\n").utf8)
    // One call, so that lines of several threads stay whole.
    _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress!, $0.count) }
  }
}

extension Logger.Level {
  /// Of syslog. See: man 3 syslog
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
  /// Says something that the catalog explains.
  package func report(
    _ id: JournalMessage, _ message: Logger.Message, _ metadata: Logger.Metadata = [:],
    level: Logger.Level = .warning
  ) {
    log(
      level: level, message, metadata: metadata.merging([StandardErrorLog.messageID: "\(id.rawValue)"]) { $1 }
    )
  }
}
