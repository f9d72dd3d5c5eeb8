internal import CLinuxAudit
internal import ContainerRuntime
internal import Glibc
internal import Settings
internal import Synchronization

/// What other tasks have to say to the thread that owns the pipeline, which it wakes.
final class ThreadInbox: Pinged {
  struct Message: Sendable {
    /// The settings have been checked: what has been opened may be read.
    var start = false
    /// The runtime's, and when it was asked: milliseconds since boot.
    var answers: [(containers: Result<[ContainerIdentity], CRIError>, asked: Int64)] = []
    /// SIGHUP came: the output is to be opened anew.
    var reload = false
    /// The settings to go on with, where they have changed.
    var settings: Settings?
    /// Somebody reads metrics.
    var wantsSnapshot = false
    /// The watchdog asks for a sign of life: taking the mail is one.
    var pingPending = false
    var stop = false
  }

  private let mail = Mutex(Message())
  /// Whether any may have come: the reader asks more often than anybody writes.
  private let hasMessage = Atomic(false)
  private let descriptor: Int32

  init() { descriptor = linux_event_open() }

  deinit { close(descriptor) }

  /// Adds to the mail and wakes the reader.
  func post(_ write: (inout Message) -> Void) {
    mail.withLock { write(&$0) }
    hasMessage.store(true, ordering: .releasing)
    linux_event_signal(descriptor)
  }

  /// The watchdog's ping. Taking the mail answers it.
  func ping() { post { $0.pingPending = true } }

  var hasResponded: Bool { mail.withLock { !$0.pingPending } }

  /// Takes what has come; nil if nothing has. `start` and `stop` stay set.
  func take() -> Message? {
    guard hasMessage.exchange(false, ordering: .acquiring) else { return nil }
    return mail.withLock { mail in
      defer { mail = Message(start: mail.start, stop: mail.stop) }
      return mail
    }
  }

  /// Waits for so many milliseconds, or until it must stop: then true.
  func isStopped(within milliseconds: Int32) -> Bool {
    wait(milliseconds: milliseconds)
    return mail.withLock { $0.stop }
  }

  /// Waits until it may start, or until it must stop: then false.
  func waitForStart() -> Bool {
    while true {
      let (start, stop) = mail.withLock { ($0.start, $0.stop) }
      if start || stop { return !stop }
      wait(milliseconds: -1)
    }
  }

  /// Waits for mail, for something to read from one of two other descriptors if there are any, or for so long; -1 is for ever. Returns
  /// which of those two have something to read.
  @discardableResult
  func wait(
    for first: Int32? = nil, or second: Int32? = nil, milliseconds: Int32
  ) -> (first: Bool, second: Bool) {
    var ready: InlineArray<3, pollfd> = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: first ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: second ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    var span = ready.mutableSpan
    _ = unsafe span.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 3, milliseconds) }
    // Before it is asked whether there is mail, or the signal might be of mail that was taken already, and stay.
    if ready[0].revents != 0 { linux_event_clear(descriptor) }
    return (ready[1].revents != 0, ready[2].revents != 0)
  }
}
