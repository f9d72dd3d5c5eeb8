import ProcessEvents
import ProcessTable
import Testing

/// Reads a model of the kernel, and handles what it reads, as the service does with the real one.
struct HistoryReader {
  let seed: UInt64
  let kind: HistoryKind
  let kernel: KernelModel
  var table: ProcessTable
  /// All events up to this time have been received.
  var last: Int64
  /// Whether events do not arrive and cannot be switched on.
  var isCutOff = false
  /// The processes whose forks cause an immediate drain, if events are otherwise drained late.
  private var starters = ProcessIDRanges(of: [])
  private var drained: Int64 = .min
  var answered = 0
  var unresolved = 0

  init(_ kind: HistoryKind, seed: UInt64) {
    self.seed = seed
    self.kind = kind
    kernel = KernelModel(seed: seed, kind.nature)
    table = kind.table(hasEventStream: kind.hasEventStream, since: kernel.time)
    last = kernel.time
    if kind == .restart { for _ in 0..<50 { kernel.step() } }
    drain()
    if kind.hasEventStream { scan() }
  }

  mutating func run() {
    for _ in 0..<kind.steps {
      step()
      if table.scanReason != nil ? kernel.chance(5) : kind == .scans && kernel.chance(50) { scan() }
    }
  }

  /// One step of everything except a scan of all processes.
  mutating func step() {
    kernel.step()
    if kernel.chance(3), kind != .late || isDrainDue { drain() }
    if kernel.chance(2), table.hasPendingRechecks {
      table.recheck(at: kernel.time, lookUp: kernel.lookUp)
      watchStarters()
    }
    if kernel.chance(10) { readRecords() }
    if !kind.isWhole, kernel.chance(20) { table.forget(endedBefore: kernel.oldestRecord - 200_000_000) }
    if kind == .losses, kernel.chance(60) { lose() }
    if kind.losesStream, kernel.chance(kind.steps / 4) { kernel.loseStream() }
    if isCutOff, kernel.chance(kind.steps / 8) { kernel.restoreStream() }
  }

  /// Reads all processes, a few at a time. Between the reading of a part and its application, everything else continues.
  mutating func scan() {
    let began = kernel.time
    var rest = kernel.all[...]
    while !rest.isEmpty {
      let readings = rest.prefix(4).map { ($0, kernel.read($0, .everything)) }
      rest = rest.dropFirst(4)
      while !kernel.chance(3) { step() }
      for (pid, reading) in readings { table.apply(reading, of: pid) }
      drain()
    }
    table.endScan(since: began, by: kernel.time)
    if kernel.wholeSince == .max { kernel.wholeSince = kernel.time }
  }

  // MARK: Events

  /// Whether events have waited for as long as they may, or one of them needs an immediate lookup.
  private var isDrainDue: Bool {
    kernel.time - drained >= 20 * KernelModel.millisecond || table.hasPendingRechecks
      || table.scanReason != nil
      || kernel.events.contains { event in
        if case .fork(let parent) = event.kind { starters.contains(parent) } else { false }
      }
  }

  private mutating func watchStarters() {
    guard let changed = table.changedStarters() else { return }
    starters = changed
    // Forks by the new starters may be waiting.
    drain()
  }

  /// Applies the events that are available now; more may arrive meanwhile.
  mutating func drain() {
    for _ in 0..<kernel.events.count {
      guard let event = kernel.receiveEvent(), kind.hasEventStream else { continue }
      if isCutOff {
        isCutOff = false
        table = kind.table(hasEventStream: true, since: kernel.time)
      }
      last = max(last, event.time)
      table.apply(event, lookUp: kernel.lookUp)
      kernel.reported = max(kernel.reported, event.time)
    }
    drained = kernel.time
    watchStarters()
  }

  mutating func lose() {
    while kernel.receiveEvent() != nil {}
    table.noteLoss(after: last, by: kernel.time)
  }

  /// If no event has been received for a while, checks whether an event that the service triggers arrives.
  mutating func checkEvents() {
    guard kind.losesStream, !isCutOff, last < kernel.time - EventHealth.maxQuietTime else { return }
    guard kernel.isSilent else {
      // The triggered event proves that all earlier events have been received.
      let made = kernel.time
      drain()
      last = max(last, made)
      return
    }
    lose()
    if kind == .cutOff {
      isCutOff = true
      table = kind.table(hasEventStream: false, since: kernel.time)
    } else {
      kernel.restoreStream()
    }
  }

  // MARK: Records

  /// Handles records as the service does: reads the records first, then the events.
  mutating func readRecords() {
    let records = kernel.drainRecords()
    guard !records.isEmpty else { return }
    let now = kernel.time
    drain()
    checkEvents()
    for record in records {
      let made = record.window.lowerBound...min(record.window.upperBound, now)
      if table.needsLookup(for: record.pid, made: made) {
        table.lookUp(for: record.pid, kernel.lookUp)
        drain()
      }
      check(table.answer(record.pid, made: made), of: record, made: made)
    }
  }

  private mutating func check(
    _ answer: ProcessTable.Answer, of record: KernelModel.Record, made: ClosedRange<Int64>
  ) {
    // The loss of the stream is noticed slightly later than it begins.
    if kernel.isSilent, !isCutOff { return }
    answered += 1
    switch answer {
    case .unresolved(let reason):
      unresolved += 1
      if kind.isWhole, made.lowerBound > kernel.wholeSince {
        #expect(kernel.isUnknowable(record, made: made, because: reason), about(record, made, answer))
      }
    case .owner(let owner), .inherited(let owner), .exited(let owner):
      #expect(kernel.isTrue(owner, of: record), about(record, made, answer))
    }
  }

  private func about(
    _ record: KernelModel.Record, _ made: ClosedRange<Int64>, _ answer: ProcessTable.Answer
  ) -> Comment {
    "seed \(seed), PID \(record.pid), made \(made), now \(kernel.time): \(answer)"
  }
}
