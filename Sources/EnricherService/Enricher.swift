internal import AuditSource
internal import ContainerRuntime
internal import EnrichedLog
public import Logging
internal import ProcessTable
internal import ServiceLifecycle
internal import UnixSignals

/// Puts the rooms together and runs them: the commands `run` and `replay`.
public struct Enricher: Sendable {
  private let settings: Settings
  private let log: Logger

  public init(settings: Settings, log: Logger) {
    self.settings = settings
    self.log = log
  }

  /// Enriches live records until SIGTERM or SIGINT.
  public func run() async throws {
    try await checkRuntime()
    let settings = settings
    let log = log
    switch settings.source {
    case .file(let path): try await enrich { try LogFileSource(path: path) }
    case .unicast:
      try await enrich {
        let source = try UnicastSource()
        Self.tellReceiveBuffer(source.receiveBuffer, "unicast", log)
        return source
      }
    case .multicast: try await enrich { try Self.multicast(log) }
    case .auto:
      try await enrich {
        if let source = try InheritedSocket.audit() {
          Self.tellReceiveBuffer(source.receiveBuffer, "a socket handed over", log)
          return source
        }
        return try Self.multicast(log)
      }
    }
  }

  /// Enriches the records of log files, one file after the other, and returns the counts of all.
  public func replay(_ files: [String], snapshot: NodeSnapshot?) async throws -> Counters {
    var total = Counters()
    for file in files {
      total.add(try await enrich(snapshot: snapshot) { try LogFileSource(path: file) })
    }
    return total
  }

  // MARK: Sources

  @Sendable private static func multicast(_ log: Logger) throws -> MulticastSource {
    let source = try MulticastSource()
    tellReceiveBuffer(source.receiveBuffer, "multicast", log)
    return source
  }

  private static func tellReceiveBuffer(_ bytes: Int64, _ source: String, _ log: Logger) {
    let metadata: Logger.Metadata = ["source": "\(source)", "receiveBuffer": "\(bytes >> 10) KiB"]
    if bytes < Int64(MulticastSource.wantedReceiveBuffer) {
      log.warning(
        "reading SECCOMP records with a small receive buffer: a flood may overrun it (needs CAP_NET_ADMIN or a larger net.core.rmem_max)",
        metadata: metadata)
    } else {
      log.info("reading SECCOMP records", metadata: metadata)
    }
  }

  // MARK: Together

  @discardableResult
  private func enrich<Source: RecordSource & ~Copyable>(
    snapshot: NodeSnapshot? = nil, from open: @escaping @Sendable () throws -> Source
  ) async throws -> Counters {
    let mailbox = Mailbox()
    let runtime = snapshot == nil ? settings.runtime : .none
    let resolver = RuntimeResolver(runtime: runtime, mailbox: mailbox, log: log)
    let reader = RecordReader(mailbox: mailbox) { [settings, log] in
      let writer = try LineWriter(path: settings.output)
      let source = try open()
      // Not before all that can fail has not. Records that come before the first answer wait for it.
      resolver.ask()
      var directory = ContainerDirectory(hasRuntime: !runtime.candidates.isEmpty)
      if let snapshot { _ = directory.listed(snapshot.containers, at: 0) }
      let pipeline = Pipeline(
        settings: settings,
        processes: snapshot.map { .snapshot($0.processes) } ?? .live(ProcFS(root: settings.procRoot)),
        directory: directory, writer: writer)
      var loop = RecordLoop(
        source: source, pipeline: pipeline, mailbox: mailbox, ask: { resolver.ask() }, log: log)
      return try loop.run()
    }
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
      .init(
        service: reader, successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup),
      .init(service: HangUp(mailbox: mailbox)),
    ]
    if !runtime.candidates.isEmpty { services.insert(.init(service: resolver), at: 0) }
    let group = ServiceGroup(
      configuration: .init(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log.quieter))
    try await group.run()
    return await reader.counters
  }

  /// An endpoint that was named and is none will not become one: that is said at the start. One that does not
  /// answer yet may.
  private func checkRuntime() async throws {
    guard case .endpoint(let endpoint) = settings.runtime else { return }
    do {
      _ = try await CRIClient(endpoint: endpoint).version()
    } catch {
      guard error.kind == .missing || error.kind == .noAnswer else { throw error }
    }
  }
}

/// Runs the record loop on its own thread, as a service.
private actor RecordReader: Service {
  private let mailbox: Mailbox
  private let loop: @Sendable () throws -> Counters
  private(set) var counters = Counters()

  init(mailbox: Mailbox, loop: @escaping @Sendable () throws -> Counters) {
    self.mailbox = mailbox
    self.loop = loop
  }

  func run() async throws {
    let (loop, mailbox) = (loop, mailbox)
    counters = try await withGracefulShutdownHandler {
      try await OwnThread.run(loop)
    } onGracefulShutdown: {
      mailbox.post { $0.stop = true }
    }
  }
}

/// SIGHUP has the output's file opened anew.
private struct HangUp: Service {
  let mailbox: Mailbox

  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
      mailbox.post { $0.reopen = true }
    }
  }
}

extension Logger {
  /// For the library's own messages, which are of no use to operators.
  fileprivate var quieter: Logger {
    var copy = self
    copy.logLevel = .error
    return copy
  }
}
