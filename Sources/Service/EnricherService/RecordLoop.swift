internal import AuditSource
internal import EnrichedLog
internal import LogOutput
internal import Enrichment
internal import Glibc
internal import Logging
internal import Metrics
internal import ProcFS
internal import RecordingService
internal import ServiceLog
internal import ServiceReports
internal import Settings
internal import Systemd

/// The loop of the thread that owns the hot path: it reads batches, enriches them and handles messages.
struct RecordLoop<Source: RecordSource & ~Copyable>: ~Copyable {
  private var source: Source
  private var pipeline: Pipeline
  /// Where the settings send the lines.
  private var destination: RecordOutput.Destination
  private let threadInbox: ThreadInbox
  private let resolver: RuntimeResolver
  private let log: Logger
  private var watch: LossWatch
  /// For systemd; nil if this is not a service.
  private var status: ServiceStatus?
  /// Keeps what is recorded; nil if nothing is.
  private let recordings: RecordingWriter?
  /// For metrics; nil if they are not served.
  private let board: MetricsBoard?
  /// For metrics: whether missing serials are lost records.
  private var isGapCertain = false
  private var reports: RecordReports
  /// Datagrams that other senders than the kernel sent.
  private var rejectedCount: UInt64 = 0

  /// `resolver` is asked for the runtime's containers; the answer arrives as a message in `threadInbox`.
  init(
    source: consuming Source, pipeline: consuming Pipeline, destination: RecordOutput.Destination,
    threadInbox: ThreadInbox,
    resolver: RuntimeResolver, status: ServiceStatus?, recordings: RecordingWriter?, board: MetricsBoard?,
    watch: consuming LossWatch,
    log: Logger
  ) {
    self.source = source
    self.pipeline = pipeline
    self.destination = destination
    self.threadInbox = threadInbox
    self.resolver = resolver
    self.status = status
    self.watch = watch
    self.recordings = recordings
    self.board = board
    self.log = log
    reports = RecordReports(log: log, reportsUnread: status != nil)
  }

  /// How long, in microseconds, records accumulate after a batch that was not full, so that the next batch is worth the wake-up.
  /// Lines must be available within 10 ms. Meanwhile even the fastest kernel, which creates a record per microsecond, must not
  /// fill half of the buffer, in which a record occupies 832 bytes.
  private var gather: useconds_t {
    useconds_t(min(6000, (source.receiveBuffer ?? .max) / 832))
  }

  /// Milliseconds for reading the remaining records at the end.
  private static var drainTime: Int64 { 300 }

  /// Runs until the source ends or a message requests the stop, and writes all records that were read. Returns the counts.
  mutating func run() throws -> Counters {
    board?.begin(source.receiveMeter, snapshot())
    reportSource()
    try pipeline.resume(at: .now)
    resolver.ask()
    if status != nil { SystemdNotifier.ready() }
    var batch = RecordBatch()
    var ended = false
    while true {
      if let message = threadInbox.receive() {
        for answer in message.answers { try pipeline.merge(answer.containers, asked: answer.asked, at: .now) }
        if message.reload { try reload(message.settings) }
        if message.wantsSnapshot { board?.publish(snapshot()) }
        if message.stop {
          if !ended { try drain(&batch) }
          break
        }
      }

      var progress = ReadProgress.ended
      if !ended {
        progress = try source.read(into: &batch)
        if !batch.isEmpty {
          let arrived = ClockReading.now
          watch.recordsArrived(at: arrived.sinceBoot)
          try pipeline.process(batch, at: arrived)
        }
      }
      // Writing may have taken long. Everything below takes a negligible time.
      let now = ClockReading.now
      if !ended, progress != .full { try reportLosses(at: now) }
      ended = progress == .ended
      let wants = try pipeline.settle(at: now)
      if wants.listing { resolver.ask() }
      reports.report(totals, at: now.sinceBoot)
      let pending = earlier(
        earlier(reportStatus(at: now.sinceBoot), reports.wait(at: now.sinceBoot)), record(at: now))
      let pause = earlier(earlier(wants.wait, pending), ended ? nil : watch.wait(at: now.sinceBoot))
      if ended, !pipeline.isWaiting { break }
      if progress == .full { continue }
      if !ended, batch.count > 0 {
        usleep(gather)
        // If several records arrived at a time, more will follow.
        if batch.count > 1 { continue }
      }
      // Waits for records, a message or a timeout.
      watch.tracker?.recordsAreRead(true)
      threadInbox.wait(
        for: ended ? nil : source.descriptor, milliseconds: pause.map { Int32(clamping: $0 + 1) } ?? -1)
      watch.tracker?.recordsAreRead(false)
    }
    let end = ClockReading.now
    try pipeline.finish(at: end)
    if let recordings, let update = pipeline.drainRecorder(at: end, isEnd: true) { recordings.post(update) }
    reports.reportRest(totals, at: end.sinceBoot)
    return pipeline.counters
  }

  /// Hands over what was recorded, if that is due. Returns after how many milliseconds it will be; nil for never.
  private mutating func record(at now: ClockReading) -> Int64? {
    guard let recordings else { return nil }
    guard recordings.acceptsUpdates else { return 1000 }
    if let update = pipeline.drainRecorder(at: now) { recordings.post(update) }
    return pipeline.recorderWait(at: now)
  }

  /// Reports the status if it is due. Returns after how many milliseconds the next report will be due; nil for never.
  private mutating func reportStatus(at now: Int64) -> Int64? {
    if let state = status?.due(pipeline.counters, at: now) { SystemdNotifier.send(state) }
    return status?.wait(at: now)
  }

  private func reportSource() {
    guard let buffer = source.receiveBuffer else { return }
    let metadata: Logger.Metadata = [
      "source": "\(source.name)", "receiveBuffer": "\(buffer >> 10) KiB",
    ]
    log.info("reading audit records", metadata: metadata)
    if buffer < Int64(MulticastSource.wantedReceiveBuffer) {
      // An inherited socket has the buffer size that its socket unit set.
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

  /// Continues with the new settings, if any, and with the output opened again, because logrotate may have moved the file.
  private mutating func reload(_ settings: Settings?) throws {
    if let settings { destination = settings.destination }
    var output: RecordOutput?
    do {
      output = try RecordOutput(destination)
    } catch {
      log.error("\(error); the old file is kept")
    }
    if let settings {
      source.use(settings.records.types)
      // From now on there may be something to record.
      let known = settings.recording == .none ? [] : recordings?.load(hasMemory: false) ?? []
      try pipeline.use(settings.enrichment, output: output, recordings: known, at: .now)
      resolver.use(settings.runtime, keeping: settings.keys)
      resolver.ask()
    } else if let output {
      // The file that was moved has the counts of its time.
      try pipeline.writeCounts(at: .now)
      pipeline.reopen(output)
    }
    if status != nil { SystemdNotifier.ready() }
  }

  private mutating func reportLosses(at now: ClockReading) throws {
    let losses = watch.drainLosses(from: &source, at: now.sinceBoot)
    isGapCertain = losses.isGapCertain
    try report(losses, at: now)
  }

  private mutating func report(_ losses: Losses, at now: ClockReading) throws {
    guard losses != Losses(isGapCertain: losses.isGapCertain) else { return }
    try pipeline.report(losses, at: now)
    source.storeReportedLosses()
    rejectedCount += losses.rejected
  }

  /// Reads the records that would be lost with the source, for a limited time; the records that remain are counted.
  private mutating func drain(_ batch: inout RecordBatch) throws {
    // Asked before the source leaves its group: what the kernel loses after that is not a loss of this service.
    let lost = watch.drainKernelLosses()
    guard source.losesUnread else {
      // What the socket dropped is counted by the next reader of the socket.
      var losses = Losses()
      losses.account.add(lost, at: .kernel)
      return try report(losses, at: .now)
    }
    // The source leaves its group first: records might otherwise arrive as fast as they are read, without end.
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
    var losses = watch.drainLosses(from: &source, at: now.sinceBoot, last: lost)
    losses.account.add(left, at: .socket)
    try report(losses, at: now)
  }

  /// The totals that the service's own log may have to report.
  private var totals: RecordReports.Totals {
    var totals = RecordReports.Totals()
    totals.counters = pipeline.counters
    totals.lastMalformation = pipeline.lastMalformation?.reason
    totals.rejected = rejectedCount
    totals.procFailures = watch.tracker?.procFailures
    return totals
  }
}
