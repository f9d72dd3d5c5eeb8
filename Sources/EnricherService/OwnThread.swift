internal import Glibc

/// A thread for work that must not share one with Swift's tasks, because it blocks.
enum OwnThread {
  private final class Work {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Runs `body` on a thread of its own and waits for it without blocking.
  static func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work { continuation.resume(with: Result(catching: body)) }
      // The new thread takes over the reference. It is never joined: the continuation tells its end.
      var thread = pthread_t()
      let failed = unsafe pthread_create(
        &thread, nil,
        { work in
          unsafe Unmanaged<Work>.fromOpaque(work!).takeRetainedValue().run()
          return nil
        }, Unmanaged.passRetained(work).toOpaque())
      precondition(failed == 0, "no thread can be made: \(failed)")
      pthread_detach(thread)
    }
  }
}
