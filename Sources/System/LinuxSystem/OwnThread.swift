internal import CLinuxAudit
internal import Glibc
internal import SystemPackage

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

  /// The kernel makes no further thread, such as where `TasksMax=` is reached.
  package struct Unavailable: Error, CustomStringConvertible {
    package let description: String
  }

  /// Runs `body` on a thread of its own, which tools show by this name of 15 letters at most, and waits for it without blocking.
  ///
  /// Throws what `body` throws, or `Unavailable`.
  package static func run<Value: Sendable>(
    named name: StaticString, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work(name) { continuation.resume(with: Result(catching: body)) }
      // The new thread takes over the reference. It is never joined: the continuation tells its end.
      var thread = pthread_t()
      let reference = unsafe Unmanaged.passRetained(work)
      let failure = unsafe pthread_create(
        &thread, nil,
        { work in
          let work = unsafe Unmanaged<Work>.fromOpaque(work!).takeRetainedValue()
          unsafe linux_name_thread(work.name.utf8Start)
          work.run()
          return nil
        }, reference.toOpaque())
      guard failure == 0 else {
        unsafe reference.release()
        return continuation.resume(
          throwing: Unavailable(description: "no thread can be started: \(Errno(rawValue: failure))"))
      }
      pthread_detach(thread)
    }
  }
}
