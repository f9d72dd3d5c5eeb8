internal import EnrichedLog
internal import LogOutput
internal import Enrichment
internal import LinuxSystem
internal import ServiceLifecycle
internal import Systemd

/// Runs the record loop on its own thread, as a service.
actor RecordReader: Service {
  /// The output did not accept the last lines, and shutdown cannot wait forever.
  struct OutputBlocked: Error, CustomStringConvertible {
    var seconds: Int64
    var description: String {
      "the output has accepted nothing for \(seconds) s (check what reads the lines): records that were read and not written are written by the next run if systemd starts one now, and are lost otherwise"
    }
  }

  private typealias End = Result<Counters, any Error>

  private let threadInbox: ThreadInbox
  private let check: @Sendable () async throws -> Void
  private let loop: @Sendable () throws -> Counters
  private(set) var counters = Counters()

  /// Milliseconds for which the output may accept nothing during shutdown.
  private static let timeout: Int64 = 2000

  /// A message stops `loop`. It starts after `check` has found no fault.
  init(
    threadInbox: ThreadInbox, check: @escaping @Sendable () async throws -> Void,
    loop: @escaping @Sendable () throws -> Counters
  ) {
    self.threadInbox = threadInbox
    self.check = check
    self.loop = loop
  }

  func run() async throws {
    let (loop, threadInbox) = (loop, threadInbox)
    // A thread that waits for its output cannot be cancelled. The first to report, the thread or the check of its output,
    // determines the result.
    let (ends, end) = AsyncStream.makeStream(of: End.self)
    Task {
      do {
        end.yield(.success(try await OwnThread.run(named: "records", loop)))
      } catch {
        end.yield(.failure(error))
      }
    }
    counters = try await withGracefulShutdownHandler {
      async let _ = Self.watchOutput(end)
      do {
        try await cancelWhenGracefulShutdown(check)
        threadInbox.post { $0.start = true }
      } catch {
        threadInbox.post { $0.stop = true }
        for await _ in ends { break }
        throw error
      }
      for await how in ends { return try how.get() }
      throw CancellationError()
    } onGracefulShutdown: {
      SystemdNotifier.stopping()
      threadInbox.post { $0.stop = true }
    }
  }

  /// After shutdown has begun, reports when the output accepts nothing. All unwritten records are in memory that systemd keeps,
  /// as if the process had been killed.
  private static func watchOutput(_ end: AsyncStream<End>.Continuation) async {
    do {
      try await gracefulShutdown()
      while true {
        let waits = OutputWait.milliseconds
        if waits >= timeout {
          end.yield(.failure(OutputBlocked(seconds: waits / 1000)))
          return
        }
        try await Task.sleep(for: .milliseconds(100))
      }
    } catch {
      // The record loop has ended by itself.
    }
  }
}
