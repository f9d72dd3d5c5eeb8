import Enrichment
import Metrics
import Synchronization
import Testing

@Suite struct MetricsBoardTests {
  private static let never = Duration.seconds(3600)

  private func snapshot(containers: Int) -> MetricsSnapshot {
    var snapshot = MetricsSnapshot()
    snapshot.containers = containers
    return snapshot
  }

  /// The thread that answers the board's requests. It holds the board that it publishes to.
  private final class Thread: Sendable {
    let board = Mutex<MetricsBoard?>(nil)
  }

  @Test("An answer within the request is as valid as a later one")
  func responded() async {
    let thread = Thread()
    let board = MetricsBoard(outputWait: { 0 }) {
      var snapshot = MetricsSnapshot()
      snapshot.containers = 7
      thread.board.withLock(\.self)?.publish(snapshot)
    }
    board.begin(nil, MetricsSnapshot())
    thread.board.withLock { $0 = board }
    defer { thread.board.withLock { $0 = nil } }
    let read = await board.read(outputTimeout: 250, timeout: Self.never)
    #expect(read.answer == .responded && read.snapshot.containers == 7)
  }

  @Test("A thread that waits for its output is not waited for, and the last snapshot is returned")
  func blocked() async {
    let board = MetricsBoard(outputWait: { 250 }) {}
    board.begin(nil, snapshot(containers: 3))
    let read = await board.read(outputTimeout: 250, timeout: Self.never)
    #expect(read.answer == .outputBlocked(milliseconds: 250) && read.snapshot.containers == 3)
  }

  @Test("A thread that does not answer is silent if it reads records already, or else is starting")
  func silent() async {
    let board = MetricsBoard(outputWait: { 0 }) {}
    // Nobody waits for records that cannot be read yet, for example because a pipe has no reader.
    #expect(await board.read(outputTimeout: 250, timeout: Self.never).answer == .starting)
    board.begin(nil, MetricsSnapshot())
    #expect(await board.read(outputTimeout: 250, timeout: .zero).answer == .silent)
  }

  @Test("However short the timeout is, no reader waits forever")
  func zero() async {
    let board = MetricsBoard(outputWait: { 0 }) {}
    board.begin(nil, MetricsSnapshot())
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 { #expect(await board.read(outputTimeout: 1, timeout: .zero).answer == .silent) }
        }
      }
    }
  }

  @Test("All waiting readers receive the same answer")
  func several() async {
    let (requests, request) = AsyncStream.makeStream(of: Void.self)
    let board = MetricsBoard(outputWait: { 0 }) { request.yield() }
    board.begin(nil, MetricsSnapshot())
    await withTaskGroup(of: MetricsBoard.Answer.self) { group in
      for _ in 0..<3 { group.addTask { await board.read(outputTimeout: 250, timeout: Self.never).answer } }
      var count = 0
      for await _ in requests {
        count += 1
        if count == 3 { break }
      }
      // All three readers are registered before they request a snapshot.
      board.publish(snapshot(containers: 1))
      for await answer in group { #expect(answer == .responded) }
    }
  }

  @Test(
    "While the output is blocked, health is answered at once: it is bad after a second, but the process is alive",
    arguments: [(250, true), (999, true), (1000, false), (60_000, false)] as [(Int64, Bool)])
  func health(outputWait: Int64, isGood: Bool) async {
    let board = MetricsBoard(outputWait: { outputWait }) {}
    board.begin(nil, snapshot(containers: 3))
    let metrics = Metrics(board: board, calls: RuntimeCalls(), tracker: nil)
    let health = await metrics.health()
    #expect(health.isGood == isGood)
    #expect(health.text == (isGood ? "ok\n" : "the output has accepted nothing for \(outputWait / 1000) s\n"))
    #expect(await metrics.liveness().isGood)
  }
}
