internal import CLinuxAudit
internal import ContainerRuntime
internal import Glibc
internal import Synchronization

/// What other tasks have to say to the thread that owns the pipeline. Its descriptor wakes that thread.
final class Mailbox: Sendable {
  struct Mail: Sendable {
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
    var isAsked = false
    var stop = false
  }

  private let mail = Mutex(Mail())
  /// Whether any may have come: the reader asks more often than anybody writes.
  private let hasMail = Atomic(false)
  let descriptor: Int32

  init() { descriptor = linux_event_open() }

  deinit { close(descriptor) }

  /// Adds to the mail and wakes the reader.
  func post(_ write: (inout Mail) -> Void) {
    mail.withLock { write(&$0) }
    linux_event_signal(descriptor)
    // Last, or its signal might stay when it has been taken already.
    hasMail.store(true, ordering: .releasing)
  }

  /// Whether the reader has taken its mail since it was asked.
  var isAnswered: Bool { mail.withLock { !$0.isAsked } }

  /// Takes what has come; nil if nothing has. `start` and `stop` stay set.
  func take() -> Mail? {
    guard hasMail.exchange(false, ordering: .acquiring) else { return nil }
    linux_event_clear(descriptor)
    return mail.withLock { mail in
      defer { mail = Mail(start: mail.start, stop: mail.stop) }
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

  /// Waits for mail, or for so long; -1 is for ever.
  private func wait(milliseconds: Int32) {
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&ready, 1, milliseconds)
    linux_event_clear(descriptor)
  }
}
