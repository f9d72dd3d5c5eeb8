public import AuditRecord
public import AuditSource
internal import BasicContainers
public import ContainerRuntime
public import EnrichedLog
public import ProcessTable
internal import SyscallNames

/// Everything between a batch of records and its lines. Owned by one thread, waits for nobody.
public struct Pipeline: ~Copyable {
  /// Where it is known whose a process is.
  public enum Processes: Sendable {
    /// This machine, now and just before.
    case live(ProcessTracker)
    /// A snapshot's processes, and never this machine's.
    case snapshot(NodeSnapshot)
  }

  public private(set) var counters = Counters()
  /// The last malformed record's fault, to be told once and not for each.
  public private(set) var lastMalformation: MalformedRecord?

  /// Records of all other processes are passed over.
  package var onlyProcess: Int32?

  let processes: Processes
  var hostProcesses: HostProcesses
  private var ownNode: Bool
  var directory: ContainerDirectory
  let store: RecordStore
  var parked: ParkedRecords
  var format: RecordFormat
  private var node: String
  /// The node whose processes are known here.
  private var knownNode: NodeName
  /// No process is known at later times, in milliseconds since 1970.
  private let knownUntil: Int64
  private var syscalls = SyscallTable()
  var lines = LineBuffer()
  private var writer: LineWriter
  var now = Moment.now
  /// For metrics; nil where nobody reads any.
  var series: RecordSeries?
  /// In place of `writer`, where entries go to the journal.
  var journal: JournalWriter?
  /// What entries that the journal has not taken yet say of losses.
  private var untold = LossAccount()
  private var refusedCounted: UInt64 = 0
  private var refusedTold: UInt64 = 0

  /// The owners of this batch's processes, as places in `rendered`.
  private var batchOwners = OwnerCache()
  /// All owners of late, rendered for the format.
  var rendered = UniqueArray<Rendered>()
  var places: [Ownership: Int] = [:]
  /// Of containers whose names are known, which need not be looked at for each process.
  var podPlaces: [Pod: Int] = [:]
  var limit: RecordLimit
  /// Records that went out without names because they had waited too long, or too many had; not told yet.
  var late: UInt64 = 0
  private static let mostRendered = 32_768
  /// Lines are written when they are that many bytes, and at the end of a batch.
  static let writeAt = 1 << 18

  enum Outcome {
    case enriched, unresolved, dropped
  }

  struct Rendered {
    var owner: RecordFormat.RenderedOwner
    var outcome: Outcome
    /// Where the container's records are counted, if they are limited.
    var limit: Int?
    /// For metrics: its number in `series`, and the place of its attribution.
    var seriesOwner: Int32
    var attribution: Int
    /// Its fields, if entries go to the journal.
    var fields: JournalWriter.RenderedOwner?
  }

  struct Pod: Hashable {
    var id: ContainerID
    var attribution: Attribution?
  }

  /// What a line's owner depends on.
  enum Ownership: Hashable {
    case host(unit: String?, Attribution?)
    case foreign(ForeignContainer, Attribution?)
    case pod(ContainerIdentity, Attribution?)
    case noAnswer(ContainerID)
    case unresolved(reason: String, ContainerID?)
  }

  /// `directory` with the containers that are known from the start. Records that wait for others stand in `store`.
  public init(
    options: EnrichmentOptions, processes: Processes, directory: ContainerDirectory, store: RecordStore,
    writer: consuming LineWriter
  ) {
    self.store = store
    parked = ParkedRecords(in: store)
    self.processes = processes
    self.directory = directory
    self.writer = writer
    hostProcesses = options.hostProcesses
    ownNode = options.nodeOverridesLog
    node = options.node
    if case .snapshot(let snapshot) = processes {
      knownNode = NodeName(snapshot.node)
      knownUntil = snapshot.knownUntil
    } else {
      knownNode = NodeName(options.node)
      knownUntil = .max
    }
    limit = RecordLimit(most: options.recordsPerContainer)
    format = Self.format(options)
    journal = Self.journal(options)
    series = options.countsSeries ? RecordSeries() : nil
  }

  private static func journal(_ options: EnrichmentOptions) -> JournalWriter? {
    options.format == .journald ? JournalWriter(node: options.node) : nil
  }

  private static func format(_ options: EnrichmentOptions) -> RecordFormat {
    RecordFormat(style: options.format, fields: options.fields, node: options.node)
  }

  // MARK: Records

  /// Turns a batch into lines and writes them, but for those that must wait for their container's names.
  public mutating func process(
    _ batch: borrowing RecordBatch, at now: Moment
  ) throws(LineWriter.Failure) {
    begin(at: now)
    if case .live(let tracker) = processes, batch.count > 0 {
      // What was known for the last batch may be over.
      batchOwners.forgetAll()
      tracker.beginBatch()
    }
    series?.beginBatch()
    counters.unread.add(batch.unread)
    try batch.withBytes { (bytes) throws(LineWriter.Failure) in
      for index in 0..<batch.count {
        try enrich(bytes, batch[index])
        if lines.count >= Self.writeAt { try flush() }
        // Everything up to here has been written or stored.
        if lines.count == 0 { batch.finish(first: index + 1) }
      }
    }
    try flush()
    batch.finish(first: batch.count)
  }

  mutating func begin(at now: Moment) {
    self.now = now
    format.setTime(seconds: now.seconds, microseconds: now.microseconds)
    journal?.look()
    if rendered.count > Self.mostRendered { forgetOwners() }
  }

  mutating func forgetOwners() {
    tellSuppressed(before: .max)
    limit.forgetOwners(at: now.sinceBoot / 1000)
    rendered.removeAll()
    places.removeAll()
    podPlaces.removeAll()
    batchOwners.forgetAll()
    format.forgetOwners()
    journal?.forgetOwners()
    series?.forgetOwners()
  }

  /// Enriches a record whose text stands in `bytes`.
  private mutating func enrich(
    _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry
  ) throws(LineWriter.Failure) {
    let record: SeccompRecord
    do {
      record = try SeccompRecord(parsing: bytes.extracting(entry.record))
    } catch {
      counters.malformed += 1
      lastMalformation = error
      return
    }
    if let onlyProcess, record.pid != onlyProcess { return }
    counters.records += 1
    let owner: Int
    if let name = entry.node, !knownNode.isSame(as: bytes.extracting(name)) {
      owner = render(.unresolved(reason: OwnerReason.otherNode.rawValue, nil))
    } else if record.stamp.epochMilliseconds > knownUntil {
      owner = render(.unresolved(reason: ProcessTable.Unresolved.notInSnapshot.rawValue, nil))
    } else if let known = batchOwners.place(of: record.pid, made: record.stamp.epochMilliseconds) {
      owner = known
    } else {
      var isSettled = false
      switch own(record, &isSettled) {
      case .place(let place):
        owner = place
        if isSettled {
          batchOwners.remember(place, of: record.pid, since: record.stamp.epochMilliseconds)
        }
      case .wait(let id, let attribution):
        try park(record, bytes, entry, of: id, attribution)
        return
      }
    }
    append(record, bytes, entry, owner: owner)
  }

  mutating func append(
    _ record: SeccompRecord, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry, owner: Int
  ) {
    if let place = rendered[owner].limit, !limit.passes(place, second: now.sinceBoot / 1000) {
      counters.losses.add(1, at: .suppressed)
      store.countSuppressed()
      return
    }
    switch rendered[owner].outcome {
    case .enriched: counters.enriched += 1
    case .unresolved: counters.unresolved += 1
    case .dropped:
      counters.dropped += 1
      return
    }
    if series != nil { count(record, of: rendered[owner]) }
    let text = bytes.extracting(entry.record)
    // A node's name that was set is written in place of the one in the line. Processes are another node's all the same.
    let node = ownNode ? nil : entry.node
    if let node { format.setNode(of: bytes.extracting(node)) }
    format.append(
      record, text: text, hasOwnNode: node != nil, owner: rendered[owner].owner,
      syscalls: &syscalls, to: &lines)
    if let fields = rendered[owner].fields {
      journal?.write(record, text: text, owner: fields, message: &lines, &syscalls)
    }
  }

  private mutating func count(_ record: SeccompRecord, of owner: Rendered) {
    series!.count(
      record, owner: owner.seriesOwner, attribution: owner.attribution, &syscalls)
  }

  /// What is known here, for metrics.
  package var snapshot: MetricsSnapshot {
    var snapshot = MetricsSnapshot()
    snapshot.node = node
    snapshot.counters = counters
    series?.tell(&snapshot)
    snapshot.parked = parked.count
    snapshot.containers = directory.count
    return snapshot
  }

  // MARK: Losses

  /// Counts what was lost, and tells it in the stream.
  public mutating func tell(_ losses: Losses, at now: Moment) throws(LineWriter.Failure) {
    begin(at: now)
    counters.unread.add(losses.afterGzip, for: .afterGzip)
    for place in LossPlace.allCases where losses.account[place] > 0 {
      if place == .serialGap, !losses.isGapCertain {
        counters.losses.add(losses.account[place], at: place)
      } else {
        tell(losses.account[place], at: place)
      }
    }
    try flush()
  }

  mutating func tell(_ count: UInt64, at place: LossPlace) {
    counters.losses.add(count, at: place)
    say(count, at: place)
  }

  private mutating func say(_ count: UInt64, at place: LossPlace) {
    append(lost: count, at: place)
    untold.add(count, at: place)
  }

  private mutating func append(lost count: UInt64, at place: LossPlace) {
    format.append(lost: count, place: place, at: stamp, to: &lines)
    // An entry of its own, before those of the records that follow.
    journal?.write(loss: place, count: count, owner: nil, message: &lines)
  }

  /// Says all that is untold once more, as one sum for each place.
  private mutating func sayUntold() {
    for place in LossPlace.allCases where untold[place] > 0 { append(lost: untold[place], at: place) }
  }

  /// One line for each container of which records were left out before a second since boot.
  mutating func tellSuppressed(before second: Int64) {
    guard limit.isPending else { return }
    let stamp = stamp
    limit.take(before: second) { container in
      format.append(suppressed: container.suppressed, owner: container.owner, at: stamp, to: &lines)
      journal?.write(
        loss: .suppressed, count: container.suppressed, owner: container.fields, message: &lines)
      untold.add(container.suppressed, at: .suppressed)
    }
  }

  /// Of lines that are about no record.
  private var stamp: AuditStamp {
    AuditStamp(seconds: now.seconds, milliseconds: UInt16(now.microseconds / 1000), serial: 0)
  }

  // MARK: Options

  /// Goes on with other options.
  public mutating func use(_ options: EnrichmentOptions, at now: Moment) throws(LineWriter.Failure) {
    begin(at: now)
    forgetOwners()
    try flush()
    hostProcesses = options.hostProcesses
    ownNode = options.nodeOverridesLog
    node = options.node
    if case .live = processes { knownNode = NodeName(options.node) }
    limit = RecordLimit(most: options.recordsPerContainer)
    format = Self.format(options)
    format.setTime(seconds: now.seconds, microseconds: now.microseconds)
    useJournal(options)
    directory.use(hasRuntime: options.hasRuntime)
  }

  private mutating func useJournal(_ options: EnrichmentOptions) {
    guard journal == nil || options.format != .journald else {
      journal?.use(node: options.node)
      return
    }
    untold.add((journal?.refused ?? 0) - refusedTold, at: .journal)
    journal = Self.journal(options)
    (refusedCounted, refusedTold) = (0, 0)
    // In the format that is written from now on.
    sayUntold()
  }

  /// Opens the output's file anew, after logrotate has moved it.
  public mutating func reopen() throws(LineWriter.Failure) { try writer.reopen() }

  mutating func flush() throws(LineWriter.Failure) {
    if journal != nil {
      flushToJournal()
    } else if lines.count > 0 {
      // They are made: whatever ends this run, it is not their records.
      store.forgetAttempts()
      try writer.write(&lines)
      untold = LossAccount()
    }
    parked.linesAreWritten()
    guard journal?.hasPending != true else { return }
    store.givenUp = 0
    if !limit.isPending { store.suppressed = 0 }
  }

  /// Sends the entries of losses that have not been taken yet.
  private mutating func tellJournal() {
    journal?.sendPending()
    if journal?.isPendingFull == true {
      journal?.forgetPending()
      sayUntold()
    }
    if journal?.hasPending == false { untold = LossAccount() }
  }

  private mutating func flushToJournal() {
    tellJournal()
    guard let refused = journal?.refused else { return }
    guard refused == refusedCounted else {
      counters.losses.add(refused - refusedCounted, at: .journal)
      refusedCounted = refused
      return
    }
    // Told in the stream as soon as that is taken again.
    guard refused > refusedTold else { return }
    say(refused - refusedTold, at: .journal)
    tellJournal()
    refusedTold = refused
  }
}
