internal import LinuxSystem
internal import Synchronization

/// A part of the service that the watchdog asks for signs of life.
package protocol Pinged: Sendable {
  /// Requests one.
  func ping()

  /// Whether it has given one since it was last asked, or may be busy for longer.
  var hasResponded: Bool { get }
}

/// What wakes a part that is a task: work, of which requests that come together are one, and the watchdog's pings.
package final class TaskInbox: Pinged {
  /// One element for each time that it should look what is there.
  package let wakeups: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let isRequested = Atomic(false)
  private let isPinged = Atomic(false)
  /// Until when it may be at its work, in nanoseconds since boot.
  private let busyUntil = Atomic<Int64>(0)

  package init() { (wakeups, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  /// Requests its work.
  package func request() {
    isRequested.store(true, ordering: .releasing)
    continuation.yield()
  }

  /// Whether its work was requested since it last looked. Looking is a sign of life.
  package func takeRequest() -> Bool {
    isPinged.store(false, ordering: .relaxed)
    return isRequested.exchange(false, ordering: .acquiring)
  }

  /// Does something that waits for others, and has its own limit of time, which must be less than `seconds`: until then no sign of
  /// life is missed.
  package func busy<Value, Failure>(
    seconds: Int64, _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    busyUntil.store(KernelClock.boot + seconds * 1_000_000_000, ordering: .relaxed)
    defer { busyUntil.store(0, ordering: .relaxed) }
    return try await body()
  }

  package func ping() {
    isPinged.store(true, ordering: .relaxed)
    continuation.yield()
  }

  package var hasResponded: Bool {
    !isPinged.load(ordering: .relaxed) || KernelClock.boot < busyUntil.load(ordering: .relaxed)
  }
}

/// Swift's own threads, which run all tasks: if they are blocked, no task goes on, nor does the one that a signal wakes.
package final class TaskThreads: Pinged {
  private let isPinged = Atomic(false)

  package init() {}

  package func ping() {
    isPinged.store(true, ordering: .relaxed)
    Task { isPinged.store(false, ordering: .relaxed) }
  }

  package var hasResponded: Bool { !isPinged.load(ordering: .relaxed) }
}
