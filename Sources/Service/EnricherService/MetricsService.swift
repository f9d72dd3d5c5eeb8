package import Logging
package import Metrics
internal import ServiceLifecycle
internal import Synchronization

/// Serves metrics until the end. If the address is in use, or the listening socket is closed from outside, it listens again.
///
/// A process with CAP_NET_ADMIN in the socket's network namespace can close it, for example with `ss -K`.
// See: tcp_abort() in net/ipv4/tcp.c
package final class MetricsService: Service, Pinged {
  private struct State {
    /// nil while nothing listens.
    var listener: MetricsListener?
    var isPinged = false
  }

  private let address: MetricsAddress
  private let listen: @Sendable () async throws(MetricsListenFailure) -> MetricsListener
  private let state: Mutex<State>
  private let log: Logger

  /// The pause between two attempts, doubled each time from the first to the last value.
  private static let (firstPause, lastPause) = (Duration.milliseconds(100), Duration.seconds(30))
  /// After this time without a fault the pauses start again from the first value.
  private static let faultless = Duration.seconds(60)

  /// `first` listens already. It is nil if the address was not available yet, which has been reported.
  package init(
    at address: MetricsAddress, first: MetricsListener?, log: Logger,
    listen: @escaping @Sendable () async throws(MetricsListenFailure) -> MetricsListener
  ) {
    self.address = address
    self.log = log
    self.listen = listen
    state = Mutex(State(listener: first))
  }

  package func ping() {
    let listener = state.withLock { state in
      state.isPinged = state.listener != nil
      return state.listener
    }
    listener?.ping { [self] in state.withLock { $0.isPinged = false } }
  }

  package var hasResponded: Bool { state.withLock { !$0.isPinged } }

  /// Returns only at the end. Throws if an inherited socket cannot be opened again: only systemd can do that.
  package func run() async throws {
    try await cancelWhenGracefulShutdown { [self] in try await serve() }
  }

  private func serve() async throws(MetricsListenFailure) {
    var pause = Self.firstPause
    var hasServed = false
    var isReported = true
    while true {
      if let listener = state.withLock(\.listener) {
        hasServed = true
        let began = ContinuousClock.now
        await listener.serve()
        if Task.isCancelled { return }
        state.withLock { $0 = State() }
        if ContinuousClock.now - began >= Self.faultless { pause = Self.firstPause }
        log.error(
          "another program closed the metrics socket; listening again", metadata: ["at": "\(address)"])
        isReported = false
      }
      // The socket may be closed again and again.
      try? await Task.sleep(for: pause)
      if Task.isCancelled { return }
      pause = min(pause * 2, Self.lastPause)
      do throws(MetricsListenFailure) {
        let listener = try await listen()
        state.withLock { $0.listener = listener }
        log.info("metrics can be read", metadata: ["at": "\(address)"])
      } catch {
        if error.kind == .socketClosed, hasServed { throw error }
        if !isReported { log.error("\(error); trying again") }
        isReported = true
      }
    }
  }
}
