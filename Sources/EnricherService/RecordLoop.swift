internal import AuditSource
internal import EnrichedLog
internal import Glibc
internal import Logging

/// The thread that owns the hot path: reads batches, has them enriched, takes mail.
struct RecordLoop<Source: RecordSource & ~Copyable>: ~Copyable {
  private var source: Source
  private var pipeline: Pipeline
  private let mailbox: Mailbox
  private let resolver: RuntimeResolver
  private let log: Logger
  /// For systemd; nil where this is no service.
  private var heartbeat: Heartbeat?
  private var malformedTold: UInt64 = 0
  private var malformedToldAt: Int64 = .min / 2

  /// `resolver` is asked for the runtime's containers; the answer comes by mail.
  init(
    source: consuming Source, pipeline: consuming Pipeline, mailbox: Mailbox,
    resolver: RuntimeResolver, heartbeat: Heartbeat?, log: Logger
  ) {
    self.source = source
    self.pipeline = pipeline
    self.mailbox = mailbox
    self.resolver = resolver
    self.heartbeat = heartbeat
    self.log = log
  }

  /// After a batch that was not full, so that the next one is worth the wake-up: microseconds.
  private static var gather: useconds_t { 500 }

  /// Runs until the source ends or mail says to stop; writes out all that was read. Returns the counts.
  mutating func run() throws -> Counters {
    tellSource()
    resolver.ask()
    if heartbeat != nil { SystemdNotifier.ready() }
    var batch = RecordBatch()
    var ended = false
    while true {
      let mail = mailbox.take()
      for answer in mail.answers { try pipeline.take(answer, at: .now) }
      if mail.reload { try reload(mail.settings) }
      if mail.stop { break }

      var progress = ReadProgress.ended
      if !ended {
        progress = try source.read(into: &batch)
        if batch.count > 0 { try pipeline.process(batch, form: source.form, at: .now) }
        if progress != .full { try tellLosses() }
        ended = progress == .ended
      }
      let wants = try pipeline.settle(at: .now)
      if wants.listing { resolver.ask() }
      tellMalformed()
      let pause = beat(or: wants.wait)
      if ended, !pipeline.isWaiting { break }
      if progress == .full { continue }
      if !ended, batch.count > 0 { usleep(Self.gather) }
      wait(for: ended ? nil : source.descriptor, milliseconds: pause)
    }
    try pipeline.finish(at: .now)
    tellMalformed(always: true)
    return pipeline.counters
  }

  /// Shows that this thread lives. Returns after how long it must again, or, if that is sooner, `other`.
  private mutating func beat(or other: Int64?) -> Int64? {
    guard heartbeat != nil else { return other }
    let now = Moment.now.sinceBoot
    if let state = heartbeat?.beat(pipeline.counters, at: now) { SystemdNotifier.send(state) }
    return [other, heartbeat?.wait(at: now)].compactMap(\.self).min()
  }

  /// Waits for records, mail or time.
  private func wait(for descriptor: Int32?, milliseconds: Int64?) {
    var descriptors = [
      pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: descriptor ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    _ = unsafe poll(&descriptors, 2, milliseconds.map { Int32(clamping: $0 + 1) } ?? -1)
  }

  private func tellSource() {
    guard let buffer = source.receiveBuffer else { return }
    let metadata: Logger.Metadata = [
      "source": "\(source.name)", "receiveBuffer": "\(buffer >> 10) KiB",
    ]
    log.info("reading SECCOMP records", metadata: metadata)
    if buffer < Int64(MulticastSource.wantedReceiveBuffer) {
      log.warning(
        "the receive buffer is small: a flood may overrun it (needs CAP_NET_ADMIN or a larger net.core.rmem_max)"
      )
    }
  }

  /// Goes on with new settings, if there are any, and with the output's file of that name.
  private mutating func reload(_ settings: Settings?) throws {
    if let settings {
      try pipeline.use(settings)
      resolver.use(settings.runtime)
      resolver.ask()
    }
    do {
      try pipeline.reopen()
    } catch {
      log.error("\(error); the old file is kept")
    }
    if heartbeat != nil { SystemdNotifier.ready() }
  }

  private mutating func tellLosses() throws {
    let losses = source.takeLosses()
    if losses.socket > 0 {
      try pipeline.tell(lost: losses.socket, at: .socket, at: .now)
      log.warning("audit records lost at the full receive buffer", metadata: ["count": "\(losses.socket)"])
    }
    if losses.rejected > 0 {
      log.warning(
        "datagrams that are not the kernel's were passed over", metadata: ["count": "\(losses.rejected)"])
    }
  }

  /// At most once a minute: what a container writes to the log must not be able to fill ours.
  private mutating func tellMalformed(always: Bool = false) {
    let count = pipeline.counters.malformed &- malformedTold
    guard count > 0, let malformation = pipeline.lastMalformation else { return }
    let now = Moment.now.sinceBoot
    guard always || now - malformedToldAt >= 60_000 else { return }
    malformedTold = pipeline.counters.malformed
    malformedToldAt = now
    log.warning(
      "malformed SECCOMP records", metadata: ["count": "\(count)", "last": "\(malformation.reason)"])
  }
}
