internal import CLinuxAudit
internal import Glibc
internal import SystemPackage

/// Runs work that blocks on a separate thread, so that it does not block Swift's tasks.
package enum OwnThread {
  private final class Work {
    let run: @Sendable () -> Void
    let name: StaticString
    init(_ name: StaticString, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// The kernel creates no more threads, for example because `TasksMax=` is reached.
  package struct Unavailable: Error, CustomStringConvertible {
    package let description: String
  }

  /// Runs `body` on a new thread and suspends until it returns. Tools show the thread by `name`, which has at most 15 characters.
  ///
  /// Throws what `body` throws, or `Unavailable`.
  package static func run<Value: Sendable>(
    named name: StaticString, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work(name) { continuation.resume(with: Result(catching: body)) }
      // The new thread owns the reference. It is never joined, because the continuation reports its end.
      var thread = pthread_t()
      let reference = unsafe Unmanaged.passRetained(work)
      let failure = unsafe pthread_create(
        &thread, nil,
        { work in
          let work = unsafe Unmanaged<Work>.fromOpaque(work!).takeRetainedValue()
          unsafe linux_name_thread(work.name.utf8Start)
          OwnThread.adoptPriority()
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

  /// Gives this thread the nice value of the main thread, which is the service's. A thread inherits that of its creator, which is one of
  /// the threads that run Swift's tasks: these have 0. Without the right to do so (`LimitNICE=`), the value stays.
  private static func adoptPriority() {
    let process = __priority_which_t(PRIO_PROCESS.rawValue)
    _ = setpriority(process, 0, getpriority(process, UInt32(getpid())))
  }
}
