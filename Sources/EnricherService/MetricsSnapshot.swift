internal import Synchronization

/// What the thread that reads records knows, at one moment.
package struct MetricsSnapshot: Sendable {
  /// The machine's name, as it stands in the lines that are written now.
  package var node = ""
  package var counters = Counters()
  /// Whether missing serials are lost records.
  package var isGapCertain = false
  package var series: [RecordSeries.Sample] = []
  package var droppedSeries: UInt64 = 0
  /// Records without an attribution, and those of each of `Attribution.allCases`.
  package var attributions: [UInt64] = []
  /// Records of each of `RecordSeries.OwnerKind.allCases`.
  package var owners: [UInt64] = []
  /// Records that wait for names.
  package var parked = 0
  package var containers = 0
  /// Bytes that may wait in the receive buffer, and that do; nil where there is none.
  package var receiveBuffer: Int64?
  package var receiveQueue: Int64?

  package init() {}
}

/// Where that thread leaves its snapshot for those who asked for one.
final class MetricsBoard: Sendable {
  private struct State {
    var latest = MetricsSnapshot()
    var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
    var next = 0
  }

  private let state = Mutex(State())
  private let mailbox: Mailbox

  init(mailbox: Mailbox) { self.mailbox = mailbox }

  /// Called by the thread.
  func publish(_ snapshot: MetricsSnapshot) {
    let waiting = state.withLock { state in
      state.latest = snapshot
      defer { state.waiting.removeAll() }
      return state.waiting.values
    }
    for reader in waiting { reader.resume(returning: true) }
  }

  /// A snapshot of now, or, if the thread does not answer in time (it may wait for its output), the last one.
  func read(within time: Duration = .seconds(2)) async -> (snapshot: MetricsSnapshot, isFresh: Bool) {
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    let timer = Task {
      try await Task.sleep(for: time)
      state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: false)
    }
    let isFresh = await withCheckedContinuation { continuation in
      state.withLock { $0.waiting[number] = continuation }
      mailbox.post { $0.wantsSnapshot = true }
    }
    timer.cancel()
    return (state.withLock(\.latest), isFresh)
  }
}
