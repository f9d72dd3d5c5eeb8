internal import CLinuxAudit
internal import Glibc
internal import ServiceLifecycle

/// A thread for work that must not share one with Swift's tasks, because it blocks.
enum OwnThread {
  private final class Work {
    let run: @Sendable () -> Void
    let name: StaticString
    init(_ name: StaticString, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Runs `body` on a thread of its own, which tools show by this name of 15 letters at most, and waits for it without blocking.
  static func run<Value: Sendable>(
    named name: StaticString, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work(name) { continuation.resume(with: Result(catching: body)) }
      // The new thread takes over the reference. It is never joined: the continuation tells its end.
      var thread = pthread_t()
      let failed = unsafe pthread_create(
        &thread, nil,
        { work in
          let work = unsafe Unmanaged<Work>.fromOpaque(work!).takeRetainedValue()
          unsafe linux_name_thread(work.name.utf8Start)
          work.run()
          return nil
        }, Unmanaged.passRetained(work).toOpaque())
      precondition(failed == 0, "no thread can be made: \(failed)")
      pthread_detach(thread)
    }
  }

  /// Likewise, and has `body` end, by mail, when the service shall: in order, or at once because its task was cancelled.
  static func run(
    named name: StaticString, _ mailbox: Mailbox, _ body: @escaping @Sendable () -> Void
  ) async throws {
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await run(named: name, body)
    } onCancelOrGracefulShutdown: {
      mailbox.post { $0.stop = true }
    }
  }
}
