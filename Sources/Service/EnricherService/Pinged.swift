internal import LinuxSystem
internal import Synchronization

/// A part of the service that the watchdog asks for signs of life.
package protocol Pinged: Sendable {
  /// Requests a sign of life.
  func ping()

  /// Whether the part has given a sign of life since the last ping, or may be busy for longer.
  var hasResponded: Bool { get }
}

/// Wakes a part that runs as a task, for work or for the watchdog's pings. Requests that arrive together count as one.
package final class TaskInbox: Pinged {
  /// One element for each time that the part should check its inbox.
  package let wakeups: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let isRequested = Atomic(false)
  private let isPinged = Atomic(false)
  /// Until when the part may be busy, in nanoseconds since boot.
  private let busyUntil = Atomic<Int64>(0)

  package init() { (wakeups, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  /// Requests the part's work.
  package func request() {
    isRequested.store(true, ordering: .releasing)
    continuation.yield()
  }

  /// Whether work was requested since the last call. The call is a sign of life.
  package func receiveRequest() -> Bool {
    isPinged.store(false, ordering: .relaxed)
    return isRequested.exchange(false, ordering: .acquiring)
  }

  /// Runs `body`, which waits for others and has its own timeout of less than `seconds`. Until then no sign of life is expected.
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

/// Swift's own threads, which run all tasks. If they are blocked, no task continues, including the one that handles signals.
package final class TaskThreads: Pinged {
  private let isPinged = Atomic(false)

  package init() {}

  package func ping() {
    isPinged.store(true, ordering: .relaxed)
    Task { isPinged.store(false, ordering: .relaxed) }
  }

  package var hasResponded: Bool { !isPinged.load(ordering: .relaxed) }
}
