import Logging
import Synchronization

/// The logged messages, each with the details that tests check.
final class CollectedLog: Sendable {
  private let messages = Mutex<[String]>([])

  var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  /// Returns the messages since the last call.
  func drain() -> [String] {
    messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }

  private struct Handler: LogHandler {
    let log: CollectedLog
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let details = ["count", "where", "last"].compactMap { key in
        event.metadata?[key].map { " \(key)=\($0)" }
      }
      log.messages.withLock { $0.append("\(event.message)\(details.joined())") }
    }
  }
}
