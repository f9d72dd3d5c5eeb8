internal import ContainerRuntime
internal import LinuxSystem
internal import Settings
internal import Synchronization

/// Messages from other tasks to one thread, which they wake.
final class ThreadInbox: Pinged {
  struct Message: Sendable {
    /// The settings have been checked: records may be read from the opened source.
    var start = false
    /// The runtime's answers, each with the time of the request in milliseconds since boot.
    var answers: [(containers: Result<[ContainerIdentity], CRIError>, asked: Int64)] = []
    /// SIGHUP was received: the output must be opened again.
    var reload = false
    /// The new settings, if they have changed.
    var settings: Settings?
    /// Metrics were requested.
    var wantsSnapshot = false
    /// The watchdog waits for a sign of life: receiving the message is one.
    var pingPending = false
    var stop = false
  }

  private let message = Mutex(Message())
  /// Whether there may be a message. The reader checks much more often than others write.
  private let hasMessage = Atomic(false)
  private let wake = WakeEvent()

  /// Adds to the message and wakes the reader.
  func post(_ write: (inout Message) -> Void) {
    message.withLock { write(&$0) }
    hasMessage.store(true, ordering: .releasing)
    wake.signal()
  }

  /// The watchdog's ping. Receiving the message answers it.
  func ping() { post { $0.pingPending = true } }

  var hasResponded: Bool { message.withLock { !$0.pingPending } }

  /// Returns the message and clears it; nil if there is none. `start` and `stop` stay set.
  func receive() -> Message? {
    guard hasMessage.exchange(false, ordering: .acquiring) else { return nil }
    return message.withLock { message in
      defer { message = Message(start: message.start, stop: message.stop) }
      return message
    }
  }

  /// Waits for this many milliseconds, or until the thread must stop. Returns whether it must.
  func isStopped(within milliseconds: Int32) -> Bool {
    wait(milliseconds: milliseconds)
    return message.withLock { $0.stop }
  }

  /// Waits until the thread may start or must stop. Returns whether it may start.
  func waitForStart() -> Bool {
    while true {
      let (start, stop) = message.withLock { ($0.start, $0.stop) }
      if start || stop { return !stop }
      wait(milliseconds: -1)
    }
  }

  /// Waits for a message, for data on either of two other descriptors, or for the timeout; -1 means no timeout. Returns which of
  /// the two descriptors are readable.
  @discardableResult
  func wait(
    for first: Int32? = nil, or second: Int32? = nil, milliseconds: Int32
  ) -> (first: Bool, second: Bool) {
    wake.wait(for: first, or: second, milliseconds: milliseconds)
  }
}
