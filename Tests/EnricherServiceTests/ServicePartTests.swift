import ContainerRuntime
import EnricherService
import Logging
import Metrics
import ServiceLifecycle
import Settings
import Synchronization
import Testing
import TestSupport

/// Parts of the service that end: they are restarted, or all parts end.
@Suite struct ServicePartTests {
  private struct EndsAtOnce: Service {
    func run() async throws {}
  }

  /// Ends with the group.
  private struct RunsOn: Service {
    func run() async throws { try await gracefulShutdown() }
  }

  private static let quiet = {
    var log = Logger(label: "test")
    log.logLevel = .critical
    return log
  }()

  @Test("A part that ends unexpectedly ends all others, with an error that names it")
  func ended() async throws {
    let parts = [ServicePart(name: "a", service: RunsOn()), ServicePart(name: "b", service: EndsAtOnce())]
    let group = ServiceGroup(
      configuration: .init(services: parts.map(\.configuration), logger: Self.quiet))
    let error = await #expect(throws: ServicePart.Ended.self) { try await group.run() }
    #expect(error?.description.hasPrefix("b ended unexpectedly") == true)
  }

  @Test("A shutdown of the parts is not an error")
  func shutDown() async throws {
    let parts = [ServicePart(name: "a", service: RunsOn()), ServicePart(name: "b", service: RunsOn())]
    let group = ServiceGroup(
      configuration: .init(services: parts.map(\.configuration), logger: Self.quiet))
    await group.triggerGracefulShutdown()
    try await group.run()
  }

  /// A fake listener that counts the attempts to listen. Each attempt fails, or returns a socket that is closed at once, or one
  /// that stays open.
  private final class Listener: Sendable {
    enum Attempt: Sendable {
      case fails(MetricsListenFailure.Kind)
      case closes
      case stays
    }

    private let attempts: Mutex<[Attempt]>
    let stays = AsyncStream.makeStream(of: Void.self)

    init(_ attempts: [Attempt]) { self.attempts = Mutex(attempts.reversed()) }

    func listen() throws(MetricsListenFailure) -> MetricsListener {
      switch attempts.withLock({ $0.popLast() }) ?? .stays {
      case .fails(let kind): throw MetricsListenFailure(kind, "as the test wants it")
      case .closes: return listener {}
      case .stays:
        return listener { [stays] in
          stays.continuation.yield()
          // Runs until the task is cancelled.
          for await _ in AsyncStream<Void>.makeStream().stream {}
        }
      }
    }

    private func listener(_ serve: @escaping @Sendable () async -> Void) -> MetricsListener {
      MetricsListener(serve: serve) { $0() }
    }
  }

  @Test(
    "Metrics are served again after the socket was closed, and once an address is free",
    arguments: [
      [.closes], [.closes, .closes], [.closes, .fails(.other)],
      [.fails(.addressInUse), .fails(.socketClosed)],
    ]
      as [[Listener.Attempt]])
  private func metricsAgain(attempts: [Listener.Attempt]) async throws {
    let listener = Listener(attempts)
    let first: MetricsListener? = if case .closes = attempts[0] { try listener.listen() } else { nil }
    let service = MetricsService(at: .host("localhost", port: 1), first: first, log: Self.quiet) {
      () async throws(MetricsListenFailure) in try listener.listen()
    }
    let task = Task { try await service.run() }
    for await _ in listener.stays.stream { break }
    task.cancel()
    try await task.value
  }

  @Test("A socket that was handed over and cannot be opened again ends the whole service with an error")
  func metricsForGood() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.removeAll() }
    try directory.write("", to: "audit.log")
    var settings = Settings()
    settings.node = "n"
    settings.runtime = .none
    settings.source = .file("\(directory.path)/audit.log")
    settings.output = "\(directory.path)/output"
    settings.metrics = .host("localhost", port: 1)
    let listener = Listener([.closes, .fails(.socketClosed)])
    let enricher = Enricher(
      settings: settings,
      connect: { _ in preconditionFailure("there is none to ask") },
      listen: { (_, _) async throws(MetricsListenFailure) in try listener.listen() }, log: Self.quiet)
    let error = await #expect(throws: MetricsListenFailure.self) { try await enricher.run() }
    #expect(error?.kind == .socketClosed)
  }
}
