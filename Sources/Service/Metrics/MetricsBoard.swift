internal import EnrichedLog
package import Enrichment
package import LinuxSystem
internal import Synchronization

/// Where the thread that reads records publishes its snapshots for those who request one.
package final class MetricsBoard: Sendable {
  /// What came of a request.
  package enum Answer: Equatable, Sendable {
    /// The snapshot is of now.
    case responded
    /// The thread waits for its output, which has taken nothing for so long. The snapshot is an older one.
    case outputBlocked(milliseconds: Int64)
    /// The thread does not read records yet.
    case starting
    /// It reads records, and did not answer in time.
    case silent
  }

  private struct Reader {
    let continuation: CheckedContinuation<Answer, Never>
    var timer: Task<Void, Never>?
  }

  private struct State {
    var latest = MetricsSnapshot()
    var readers: [Int: Reader] = [:]
    var lastNumber = 0
    var isReading = false
    /// nil where there is no receive buffer.
    var meter: ReceiveMeter?
  }

  private let state = Mutex(State())
  private let request: @Sendable () -> Void
  private let outputWait: @Sendable () -> Int64

  /// `request` has the thread call `publish`. `outputWait`: for how many milliseconds the output has taken nothing.
  package init(
    outputWait: @escaping @Sendable () -> Int64 = { OutputWait.milliseconds },
    request: @escaping @Sendable () -> Void
  ) {
    self.request = request
    self.outputWait = outputWait
  }

  // MARK: Called by the thread

  /// It reads records from now on, out of a buffer that `meter` knows.
  package func begin(_ meter: ReceiveMeter?, _ snapshot: MetricsSnapshot) {
    state.withLock { state in
      state.isReading = true
      state.meter = meter
      state.latest = snapshot
    }
  }

  package func publish(_ snapshot: MetricsSnapshot) {
    let readers = state.withLock { state in
      state.latest = snapshot
      defer { state.readers.removeAll() }
      return state.readers.values
    }
    for reader in readers {
      reader.timer?.cancel()
      reader.continuation.resume(returning: .responded)
    }
  }

  // MARK: Called by others

  /// The receive buffer's meter, which answers whatever the thread does; nil where there is none.
  package var meter: ReceiveMeter? { state.withLock(\.meter) }

  /// A snapshot of now, or the last one, if the thread does not answer within `timeout` or its output has taken nothing for
  /// `outputTimeout` milliseconds. A thread that waits for its output already is not waited for.
  package func read(
    outputTimeout: Int64, timeout: Duration = .seconds(2)
  ) async -> (snapshot: MetricsSnapshot, answer: Answer) {
    let answer = await withCheckedContinuation { continuation in
      let number = state.withLock { state in
        state.lastNumber += 1
        state.readers[state.lastNumber] = Reader(continuation: continuation)
        return state.lastNumber
      }
      request()
      // Only now: there must be something that it ends.
      let timer = Task { [self] in await watch(number, outputTimeout, until: .now + timeout) }
      let isWaiting = state.withLock { state in
        state.readers[number]?.timer = timer
        return state.readers[number] != nil
      }
      if !isWaiting { timer.cancel() }
    }
    return (state.withLock(\.latest), answer)
  }

  /// Ends a reader's wait when its time is over.
  private func watch(_ number: Int, _ outputTimeout: Int64, until deadline: ContinuousClock.Instant) async {
    while !Task.isCancelled {
      let blocked = outputWait()
      let left = ContinuousClock.now.duration(to: deadline)
      if blocked >= outputTimeout { return end(number, .outputBlocked(milliseconds: blocked)) }
      if left <= .zero { return end(number, state.withLock(\.isReading) ? .silent : .starting) }
      // It may be blocked from any moment on: as long again at most.
      try? await Task.sleep(for: min(left, .milliseconds(outputTimeout - blocked)))
    }
  }

  private func end(_ number: Int, _ answer: Answer) {
    state.withLock { $0.readers.removeValue(forKey: number) }?.continuation.resume(returning: answer)
  }
}
