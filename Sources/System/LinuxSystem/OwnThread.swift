internal import CLinuxAudit
internal import Glibc

/// A thread for work that must not share one with Swift's tasks, because it blocks.
package enum OwnThread {
  private final class Work {
    let run: @Sendable () -> Void
    let name: StaticString
    init(_ name: StaticString, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Runs `body` on a thread of its own, which tools show by this name of 15 letters at most, and waits for it without blocking.
  package static func run<Value: Sendable>(
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
}
