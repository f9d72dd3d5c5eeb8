internal import EnrichedLog
internal import LogOutput
package import Enrichment
package import LinuxSystem
internal import Synchronization

/// Where the thread that reads records publishes its snapshots on request.
package final class MetricsBoard: Sendable {
  /// The result of a request.
  package enum Answer: Equatable, Sendable {
    /// The snapshot is current.
    case responded
    /// The thread waits for its output, which has been blocked for this long. The snapshot is an older one.
    case outputBlocked(milliseconds: Int64)
    /// The thread has not started to read records.
    case starting
    /// The thread reads records, but did not answer in time.
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
    /// nil if there is no receive buffer.
    var meter: ReceiveMeter?
  }

  private let state = Mutex(State())
  private let request: @Sendable () -> Void
  private let outputWait: @Sendable () -> Int64

  /// `request` has the thread call `publish`. `outputWait` returns for how many milliseconds the output has been blocked.
  package init(
    outputWait: @escaping @Sendable () -> Int64 = { OutputWait.milliseconds },
    request: @escaping @Sendable () -> Void
  ) {
    self.request = request
    self.outputWait = outputWait
  }

  // MARK: Called by the thread that reads records

  /// Notes that the thread reads records from now on. `meter` measures the source's receive buffer.
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

  // MARK: Called by other threads

  /// The receive buffer's meter, which works whatever the thread does; nil if there is no receive buffer.
  package var meter: ReceiveMeter? { state.withLock(\.meter) }

  /// Returns a current snapshot. Before the thread reads records, returns at once. If the thread does not answer within `timeout`, or its output has been blocked for
  /// `outputTimeout` milliseconds, returns the last one. If the output is blocked for that long already, there is no wait.
  package func read(
    outputTimeout: Int64, timeout: Duration = .seconds(2)
  ) async -> (snapshot: MetricsSnapshot, answer: Answer) {
    if let snapshot = state.withLock({ $0.isReading ? nil : $0.latest }) { return (snapshot, .starting) }
    let answer = await withCheckedContinuation { continuation in
      let number = state.withLock { state in
        state.lastNumber += 1
        state.readers[state.lastNumber] = Reader(continuation: continuation)
        return state.lastNumber
      }
      request()
      // The timer starts only now, when there is a reader whose wait it can end.
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
      if left <= .zero { return end(number, .silent) }
      // The output may become blocked at any time, so it is checked again after at most this long.
      try? await Task.sleep(for: min(left, .milliseconds(outputTimeout - blocked)))
    }
  }

  private func end(_ number: Int, _ answer: Answer) {
    state.withLock { $0.readers.removeValue(forKey: number) }?.continuation.resume(returning: answer)
  }
}
