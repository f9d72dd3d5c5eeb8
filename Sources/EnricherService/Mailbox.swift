internal import CLinuxAudit
internal import ContainerRuntime
internal import Glibc
internal import Synchronization

/// What other tasks have to say to the thread that owns the pipeline. Its descriptor wakes that thread.
final class Mailbox: Sendable {
  struct Mail: Sendable {
    var answers: [Result<[ContainerIdentity], CRIError>] = []
    var reopen = false
    var stop = false
  }

  private let mail = Mutex(Mail())
  let descriptor: Int32

  init() { descriptor = linux_event_open() }

  deinit { close(descriptor) }

  /// Adds to the mail and wakes the reader.
  func post(_ write: (inout Mail) -> Void) {
    mail.withLock { write(&$0) }
    linux_event_signal(descriptor)
  }

  /// Takes what has come. `stop` stays set.
  func take() -> Mail {
    linux_event_clear(descriptor)
    return mail.withLock { mail in
      defer { mail = Mail(stop: mail.stop) }
      return mail
    }
  }
}
