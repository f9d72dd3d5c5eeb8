public import Logging
internal import Glibc

/// The service's own log, on standard error: a line an event, never mixed with the records.
///
/// Under systemd each line begins with a level that journald understands, elsewhere with a word.
// See: man 3 sd-daemon
public struct StandardErrorLog: LogHandler {
  public var logLevel: Logger.Level = .info
  public var metadata: Logger.Metadata = [:]
  private let isJournal: Bool

  /// `isJournal`: whether standard error is connected to journald, as JOURNAL_STREAM in the environment says.
  public init(isJournal: Bool) { self.isJournal = isJournal }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let text = "\(event.message)\(details)".map { $0.isNewline ? " " : $0 }
    let prefix = isJournal ? "<\(event.level.priority)>" : "audit-enricher: \(event.level.word)"
    StandardError.say(prefix + String(text))
  }
}

/// Where users are told of anything but records.
public enum StandardError {
  /// Writes a line. If nobody can be told, nobody is.
  public static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
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
