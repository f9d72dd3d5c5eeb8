internal import AuditSource
internal import EnrichedLog
internal import Enrichment
internal import Glibc
internal import Logging
internal import Metrics
internal import ProcFS
internal import ServiceLog
internal import Settings
internal import Systemd

/// The thread that owns the hot path: reads batches, has them enriched, takes mail.
struct RecordLoop<Source: RecordSource & ~Copyable>: ~Copyable {
  private var source: Source
  private var pipeline: Pipeline
  /// Where the settings have lines go.
  private var destination: RecordOutput.Destination
  private let threadInbox: ThreadInbox
  private let resolver: RuntimeResolver
  private let log: Logger
  private var watch: LossWatch
  /// For systemd; nil where this is no service.
  private var status: ServiceStatus?
  /// For metrics; nil where nobody reads any.
  private let board: MetricsBoard?
  /// For metrics: whether missing serials are lost records.
  private var isGapCertain = false
  private var reports: RecordReports
  /// Datagrams of others than the kernel.
  private var rejectedCount: UInt64 = 0

  /// `resolver` is asked for the runtime's containers; the answer comes by mail.
  init(
    source: consuming Source, pipeline: consuming Pipeline, destination: RecordOutput.Destination,
    threadInbox: ThreadInbox,
    resolver: RuntimeResolver, status: ServiceStatus?, board: MetricsBoard?, watch: consuming LossWatch,
    log: Logger
  ) {
    self.source = source
    self.pipeline = pipeline
    self.destination = destination
    self.threadInbox = threadInbox
    self.resolver = resolver
    self.status = status
    self.watch = watch
    self.board = board
    self.log = log
    reports = RecordReports(log: log, reportsUnread: status != nil)
  }

  /// How long, in microseconds, records gather after a batch that was not full, so that the next one is worth the
  /// wake-up. Lines are to be had within 10 ms, and the fastest kernel, which makes a record in a microsecond, must not fill half
  /// of the buffer meanwhile, of which a record takes 832 bytes.
  private var gather: useconds_t {
    useconds_t(min(6000, (source.receiveBuffer ?? .max) / 832))
  }

  /// Milliseconds for what is still to be read at the end.
  private static var drainTime: Int64 { 300 }

  /// Runs until the source ends or mail says to stop; writes out all that was read. Returns the counts.
  mutating func run() throws -> Counters {
    board?.begin(source.receiveMeter, snapshot())
    tellSource()
    try pipeline.resume(at: .now)
    resolver.ask()
    if status != nil { SystemdNotifier.ready() }
    var batch = RecordBatch()
    var ended = false
    while true {
      if let mail = threadInbox.take() {
        for answer in mail.answers { try pipeline.take(answer.containers, asked: answer.asked, at: .now) }
        if mail.reload { try reload(mail.settings) }
        if mail.wantsSnapshot { board?.publish(snapshot()) }
        if mail.stop {
          if !ended { try drain(&batch) }
          break
        }
      }

      var progress = ReadProgress.ended
      if !ended {
        progress = try source.read(into: &batch)
        if !batch.isEmpty {
          let arrived = ClockReading.now
          watch.recordsCame(at: arrived.sinceBoot)
          try pipeline.process(batch, at: arrived)
        }
      }
      // Writing may have taken long. All that follows takes no time worth speaking of.
      let now = ClockReading.now
      if !ended, progress != .full { try reportLosses(at: now) }
      ended = progress == .ended
      let wants = try pipeline.settle(at: now)
      if wants.listing { resolver.ask() }
      reports.report(totals, at: now.sinceBoot)
      let pending = earlier(reportStatus(at: now.sinceBoot), reports.wait(at: now.sinceBoot))
      let pause = earlier(earlier(wants.wait, pending), ended ? nil : watch.wait(at: now.sinceBoot))
      if ended, !pipeline.isWaiting { break }
      if progress == .full { continue }
      if !ended, batch.count > 0 {
        usleep(gather)
        // Where several came at a time there will be more.
        if batch.count > 1 { continue }
      }
      // Until records come, mail, or time.
      watch.tracker?.recordsAreRead(true)
      threadInbox.wait(
        for: ended ? nil : source.descriptor, milliseconds: pause.map { Int32(clamping: $0 + 1) } ?? -1)
      watch.tracker?.recordsAreRead(false)
    }
    let end = ClockReading.now
    try pipeline.finish(at: end)
    reports.reportRest(totals, at: end.sinceBoot)
    return pipeline.counters
  }

  /// Returns after how long there will be something to report; nil for never.
  private mutating func reportStatus(at now: Int64) -> Int64? {
    if let state = status?.due(pipeline.counters, at: now) { SystemdNotifier.send(state) }
    return status?.wait(at: now)
  }

  private func tellSource() {
    guard let buffer = source.receiveBuffer else { return }
    let metadata: Logger.Metadata = [
      "source": "\(source.name)", "receiveBuffer": "\(buffer >> 10) KiB",
    ]
    log.info("reading SECCOMP records", metadata: metadata)
    if buffer < Int64(MulticastSource.wantedReceiveBuffer) {
      // What was handed over has the size that its holder gave it.
      let remedy =
        source.losesUnread
        ? "needs CAP_NET_ADMIN or a larger net.core.rmem_max" : "the socket unit needs 'ReceiveBuffer=256M'"
      log.warning("the receive buffer is small: a flood may overrun it (\(remedy))")
    }
  }

  private func snapshot() -> MetricsSnapshot {
    var snapshot = pipeline.snapshot
    snapshot.isGapCertain = isGapCertain
    return snapshot
  }

  /// Goes on with new settings, if there are any, and with the output opened anew: after logrotate has moved a file, its name is another's.
  private mutating func reload(_ settings: Settings?) throws {
    if let settings { destination = settings.destination }
    var output: RecordOutput?
    do {
      output = try RecordOutput(destination)
    } catch {
      log.error("\(error); the old file is kept")
    }
    if let settings {
      try pipeline.use(settings.enrichment, output: output, at: .now)
      resolver.use(settings.runtime)
      resolver.ask()
    } else if let output {
      pipeline.reopen(output)
    }
    if status != nil { SystemdNotifier.ready() }
  }

  private mutating func reportLosses(at now: ClockReading) throws {
    let losses = watch.take(from: &source, at: now.sinceBoot)
    isGapCertain = losses.isGapCertain
    try report(losses, at: now)
  }

  private mutating func report(_ losses: Losses, at now: ClockReading) throws {
    guard losses != Losses(isGapCertain: losses.isGapCertain) else { return }
    try pipeline.report(losses, at: now)
    source.keepLossesTold()
    rejectedCount += losses.rejected
  }

  /// Reads what would be gone with the source, as long as that does not take long; what is left then is counted.
  private mutating func drain(_ batch: inout RecordBatch) throws {
    // Before it leaves: what the kernel loses after that is no loss of ours.
    let lost = watch.takeLastOfKernel()
    guard source.losesUnread else {
      // What the socket dropped is for whoever reads it next.
      var losses = Losses()
      losses.account.add(lost, at: .kernel)
      return try report(losses, at: .now)
    }
    // Where records come as fast as they are read there would be no end.
    source.leave()
    let deadline = ClockReading.now.sinceBoot + Self.drainTime
    var progress = ReadProgress.full
    while progress == .full, ClockReading.now.sinceBoot < deadline {
      progress = try source.read(into: &batch)
      try pipeline.process(batch, at: .now)
    }
    var left: UInt64 = 0
    while progress == .full {
      progress = try source.read(into: &batch)
      left += UInt64(batch.count)
      batch.finish(first: batch.count)
    }
    let now = ClockReading.now
    var losses = watch.take(from: &source, at: now.sinceBoot, last: lost)
    losses.account.add(left, at: .socket)
    try report(losses, at: now)
  }

  /// What the service's own log may have to say.
  private var totals: RecordReports.Totals {
    var totals = RecordReports.Totals()
    totals.counters = pipeline.counters
    totals.lastMalformation = pipeline.lastMalformation?.reason
    totals.rejected = rejectedCount
    totals.procFailures = watch.tracker?.procFailures
    return totals
  }
}
