internal import Aggregation
internal import AuditSource
package import ContainerRuntime
internal import EnrichedLog
internal import LogOutput
package import Enrichment
internal import LinuxSystem
internal import JournalSource
internal import LogSource
package import Logging
package import Metrics
internal import ProcessTracking
internal import Recorder
internal import RecordingService
internal import ServiceLifecycle
internal import ServiceLog
package import Settings
package import Snapshots
internal import Systemd
internal import UnixSignals

/// Composes the parts of the service and runs them, for the commands `run` and `replay`.
package struct Enricher: Sendable {
  let settings: Settings
  private let connect: RuntimeConnector
  private let reread: (@Sendable () throws -> Settings)?
  private let listen: Listen?
  let log: Logger

  /// Starts to serve metrics at an address.
  package typealias Listen =
    @Sendable (MetricsAddress, Metrics) async throws(MetricsListenFailure) -> MetricsListener

  /// `connect` reaches the container runtime that the settings name. `reread` reads the settings again, on SIGHUP. `listen`
  /// serves metrics, if the settings enable them.
  package init(
    settings: Settings, connect: @escaping RuntimeConnector,
    reread: (@Sendable () throws -> Settings)? = nil, listen: Listen? = nil, log: Logger
  ) {
    self.settings = settings
    self.connect = connect
    self.reread = reread
    self.listen = listen
    self.log = log
  }

  /// Enriches live records until SIGTERM or SIGINT.
  package func run() async throws {
    let types = settings.records.types
    switch settings.source {
    case .file(let path): try await enrich { _ in try FollowedLogSource(path: path, types: types) }
    case .unicast: try await enrich { try UnicastSource(types: types, store: $0) }
    case .multicast: try await enrich { try MulticastSource(types: types, store: $0) }
    case .auto:
      try await enrich { store in
        if let source = try MulticastSource.inherited(types: types, store: store) { return source }
        return try MulticastSource(types: types, store: store)
      }
    }
  }

  /// Enriches the records of logs, and returns the total counts. `snapshots` has one for each node, or none, if the logs are of this
  /// machine.
  package func replay(_ input: ReplayInput, snapshots: [NodeSnapshot]) async throws -> Counters {
    if snapshots.contains(where: { $0.time == nil }) {
      log.warning(
        "the snapshot has no times, because an earlier version wrote it: records are attributed by process ID alone, and marked as uncertain (write a snapshot with this version)"
      )
    }
    let types = settings.records.types
    switch input {
    case .files(let files, let trust):
      return try await enrich(.replay(snapshots)) { _ in
        try LogFileSource(paths: files, types: types, trust: trust)
      }
    case .journal(let query):
      return try await enrich(.replay(snapshots)) { _ in try JournalSource(query, types: types) }
    }
  }

  // MARK: Composition

  @discardableResult
  private func enrich<Source: RecordSource & ~Copyable>(
    _ mode: RunMode = .live,
    from open: @escaping @Sendable (RecordStore) throws -> Source
  ) async throws -> Counters {
    // The signals are trapped before anything that takes time, so that no signal ends the process or is missed.
    let stops = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let reloads = await UnixSignalsSequence(trapping: .sighup)
    let threadInbox = ThreadInbox()
    // Tracking starts before the source is opened, so that the processes of its first records are known.
    let watcherInbox = ThreadInbox()
    let snapshots = mode.snapshots
    let isLive = mode.isLive
    let tracker = snapshots.isEmpty ? track(mode, wake: watcherInbox) : nil
    defer { tracker?.end() }
    let runtime = snapshots.isEmpty ? settings.runtime : .none
    let resolver = RuntimeResolver(
      runtime: runtime, keeping: settings.keys, connect: connect, threadInbox: threadInbox, log: log)
    let recordings =
      isLive ? RecordingWriter(path: Self.recordingsPath, node: settings.node, log: log) : nil
    let board = MetricsBoard { threadInbox.post { $0.wantsSnapshot = true } }
    let reader = RecordReader(threadInbox: threadInbox) {
      try await checkRuntime(runtime)
    } loop: {
      let store = try isLive ? RecordStore.keptBySystemd(log) : RecordStore()
      // This is not reached if the process is killed or crashes.
      defer { store.forgetAttempts() }
      // The source is opened before a wait for the output: it keeps the records of that time, or counts them as lost.
      let source = try open(store)
      guard let output = try openOutput(threadInbox) else { return Counters() }
      if isLive, source.name == "multicast", namespaces.receivesMulticast == false {
        log.warning(
          "no record can arrive: this is not the host's network namespace; see 'audit-enricher doctor'")
      }
      let pipeline = pipeline(
        tracker, snapshots, hasRuntime: !runtime.candidates.isEmpty, store, output,
        try recordings.map { try recorder($0) }, try counts(mode), isLive ? .machine : .records)
      reportLeftovers(in: store, pipeline)
      var loop = RecordLoop(
        source: source, pipeline: pipeline, destination: settings.destination, threadInbox: threadInbox,
        resolver: resolver,
        status: isLive ? ServiceStatus() : nil, recordings: recordings, board: board,
        watch: LossWatch(tracker: tracker, kernel: isLive ? KernelLosses() : nil), log: log)
      // Records wait in the source, so none is missed while the runtime is asked for its version.
      guard threadInbox.waitForStart() else { return Counters() }
      if isLive { reportLimits(of: tracker) }
      return try loop.run()
    }
    let reloader = SettingsReloader(
      settings: settings, signals: reloads, threadInbox: threadInbox, reread: reread, log: log)
    let watcher = tracker.map { ProcessWatcher(tracker: $0, threadInbox: watcherInbox, log: log) }
    let metrics = Metrics(
      board: board, calls: resolver.calls, tracker: tracker, recordings: recordings?.counts)
    // Services are stopped in reverse order.
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
    func add(_ name: String, _ service: some Service) {
      services.append(ServicePart(name: name, service: service).configuration)
    }
    let metricsService = try await serve(metrics)
    if let metricsService { add("the metrics server", metricsService) }
    // The resolver also runs without a runtime, because a reload may name one.
    add("the container runtime client", resolver)
    if let watcher { add("the process event reader", watcher) }
    if let recordings {
      add("the writer of recordings", recordings)
      let inspector = ContainerInspector(recordings, runtime: { resolver.runtime }, connect: connect)
      add("the reader of containers' filters", inspector)
    }
    // These two end by themselves: the reader with the last record of a log, the stopper on a signal.
    services += [
      .init(
        service: reader, successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup),
      .init(
        service: Stopper(signals: stops), successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup),
    ]
    add("the settings reloader", reloader)
    if isLive, let timeout = SystemdNotifier.watchdog {
      var others: [any Pinged] = [TaskThreads(), resolver.inbox, reloader.inbox]
      if let watched = watcher?.watched { others.append(watched) }
      if let metricsService { others.append(metricsService) }
      add("the watchdog", Watchdog(timeout: timeout, writer: threadInbox, others: others))
    }
    let group = ServiceGroup(configuration: .init(services: services, logger: log.quieter))
    try await group.run()
    return await reader.counters
  }

  /// Opens the output. Waits for the reader of a pipe, as a shell would; returns nil if the service is stopped meanwhile.
  private func openOutput(_ threadInbox: ThreadInbox) throws -> RecordOutput? {
    var isReported = false
    while true {
      do {
        return try RecordOutput(settings.destination)
      } catch {
        guard error.isUnread else { throw error }
        if !isReported { log.warning("\(error); waiting for one") }
        isReported = true
        // There is no notification when a reader opens the pipe.
        if threadInbox.isStopped(within: 100) { return nil }
      }
    }
  }

  /// The service that serves metrics, if the settings enable them.
  private func serve(_ metrics: Metrics) async throws -> MetricsService? {
    guard let address = settings.metrics, let listen else { return nil }
    var first: MetricsListener?
    do throws(MetricsListenFailure) {
      first = try await listen(address, metrics)
      log.info("metrics can be read", metadata: ["at": "\(address)"])
    } catch {
      // A service that fails here would be restarted again and again, and would lose records each time.
      guard error.kind == .addressInUse || SystemdNotifier.isService else { throw error }
      log.error("\(error); trying again")
    }
    if !address.isLocal {
      log.warning("metrics can be read from other machines", metadata: ["at": "\(address)"])
    }
    return MetricsService(at: address, first: first, log: log) { () async throws(MetricsListenFailure) in
      try await listen(address, metrics)
    }
  }

  var namespaces: HostNamespaces { HostNamespaces(procRoot: settings.procRoot) }

  /// Fails at start-up if the named endpoint is not a CRI socket, because it will not become one. An endpoint that does not
  /// answer yet is accepted.
  private func checkRuntime(_ runtime: Settings.Runtime) async throws {
    guard case .endpoint(let endpoint) = runtime else { return }
    do {
      _ = try await connect(endpoint).version()
    } catch {
      guard error.kind == .missing || error.kind == .noAnswer else { throw error }
    }
  }
}

/// Ends on a signal, and all other services end with it.
private struct Stopper: Service {
  let signals: UnixSignalsSequence

  func run() async throws {
    for await _ in signals.cancelOnGracefulShutdown() { return }
  }
}

extension Logger {
  /// A logger for the library's own messages, which are of no use to operators.
  fileprivate var quieter: Logger {
    var copy = self
    copy.logLevel = .error
    return copy
  }
}
