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
    case snapshot([Int32: ProcessOwner])
  }

  public private(set) var counters = Counters()
  /// The last malformed record's fault, to be told once and not for each.
  public private(set) var lastMalformation: MalformedRecord?

  /// Records of all other processes are passed over.
  var onlyProcess: Int32?

  private let processes: Processes
  private var hostProcesses: Settings.HostProcesses
  private var ownNode: Bool
  private var directory: ContainerDirectory
  private var parked = ParkedRecords()
  private var format: RecordFormat
  private var syscalls = SyscallTable()
  private var lines = LineBuffer()
  private var writer: LineWriter
  private var now = Moment.now
  /// For metrics; nil where nobody reads any.
  private var series: RecordSeries?
  /// In place of `writer`, where entries go to the journal.
  private var journal: JournalWriter?
  private var refusedCounted: UInt64 = 0
  private var refusedTold: UInt64 = 0

  /// The owners of this batch's processes, as places in `rendered`.
  private var batchOwners = OwnerCache()
  /// All owners of late, rendered for the format.
  private var rendered = UniqueArray<Rendered>()
  private var places: [Ownership: Int] = [:]
  /// Of containers whose names are known, which need not be looked at for each process.
  private var podPlaces: [Pod: Int] = [:]
  private var limit: RecordLimit
  /// Records that went out without names because they had waited too long, or too many had; not told yet.
  private var late: UInt64 = 0
  private static let mostRendered = 32_768
  /// Lines are written when they are that many bytes, and at the end of a batch.
  private static let writeAt = 1 << 18

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

  private struct Pod: Hashable {
    var id: ContainerID
    var attribution: Attribution?
  }

  /// What a line's owner depends on.
  private enum Ownership: Hashable {
    case host(unit: String?, Attribution?)
    case pod(ContainerIdentity, Attribution?)
    case noAnswer(ContainerID)
    case unresolved(reason: String, ContainerID?)
  }

  /// `directory` with the containers that are known from the start.
  public init(
    settings: Settings, processes: Processes, directory: ContainerDirectory,
    writer: consuming LineWriter
  ) {
    self.processes = processes
    self.directory = directory
    self.writer = writer
    hostProcesses = settings.hostProcesses
    ownNode = settings.nodeWasSet
    limit = RecordLimit(most: settings.recordsPerContainer)
    format = Self.format(settings)
    journal = Self.journal(settings)
    series = settings.metrics == nil ? nil : RecordSeries()
  }

  private static func journal(_ settings: Settings) -> JournalWriter? {
    settings.format == .journald ? JournalWriter(node: settings.node) : nil
  }

  private static func format(_ settings: Settings) -> RecordFormat {
    RecordFormat(style: settings.format, fields: settings.fields, node: settings.node)
  }

  // MARK: Records

  /// Turns a batch into lines and writes them, but for those that must wait for their container's names.
  public mutating func process(
    _ batch: borrowing RecordBatch, form: RecordForm, at now: Moment
  ) throws(LineWriter.Failure) {
    begin(at: now)
    if case .live(let tracker) = processes, batch.count > 0 {
      // What was known for the last batch may be over.
      batchOwners.forgetAll()
      tracker.beginBatch()
    }
    series?.beginBatch()
    journal?.beginBatch()
    for index in 0..<batch.count {
      let text = batch.bytes.span.extracting(batch.records[index])
      var record = 0..<text.count
      var node: Range<Int>?
      if form == .line {
        guard case .seccomp(let place, let name) = LogLine(text) else { continue }
        record = place
        // What --node or its like says goes before what a line says.
        node = ownNode ? nil : name
      }
      try enrich(text, record: record, node: node)
      if lines.count >= Self.writeAt { try flush() }
    }
    try flush()
  }

  private mutating func begin(at now: Moment) {
    self.now = now
    format.setTime(seconds: now.seconds, microseconds: now.microseconds)
    if rendered.count > Self.mostRendered { forgetOwners() }
  }

  private mutating func forgetOwners() {
    tellSuppressed(before: .max)
    limit.forgetAll()
    rendered.removeAll()
    places.removeAll()
    podPlaces.removeAll()
    batchOwners.forgetAll()
    format.forgetOwners()
    journal?.forgetOwners()
    series?.forgetOwners()
  }

  private mutating func enrich(
    _ text: borrowing Span<UInt8>, record place: Range<Int>, node: Range<Int>?
  ) throws(LineWriter.Failure) {
    let record: SeccompRecord
    do {
      record = try SeccompRecord(parsing: text.extracting(place))
    } catch {
      counters.malformed += 1
      lastMalformation = error
      return
    }
    if let onlyProcess, record.pid != onlyProcess { return }
    counters.records += 1
    let owner: Int
    if let known = batchOwners.place(of: record.pid, made: record.stamp.epochMilliseconds) {
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
        try park(text, record: place, node: node, of: id, attribution)
        return
      }
    }
    append(record, text, record: place, node: node, owner: owner)
  }

  private mutating func append(
    _ record: SeccompRecord, _ text: borrowing Span<UInt8>, record place: Range<Int>,
    node: Range<Int>?, owner: Int
  ) {
    if let place = rendered[owner].limit, !limit.passes(place, second: now.sinceBoot / 1000) {
      counters.losses.add(1, at: .suppressed)
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
    if let node { format.setNode(of: text.extracting(node)) }
    // What is about no record is an entry of its own.
    if lines.count > 0 { journal?.write(losses: &lines) }
    format.append(
      record, text: text.extracting(place), hasOwnNode: node != nil, owner: rendered[owner].owner,
      syscalls: &syscalls, to: &lines)
    if let fields = rendered[owner].fields {
      journal?.write(record, text: text.extracting(place), owner: fields, message: &lines, &syscalls)
    }
  }

  private mutating func count(_ record: SeccompRecord, of owner: Rendered) {
    series!.count(
      record, owner: owner.seriesOwner, attribution: owner.attribution, &syscalls)
  }

  // MARK: Owners

  private enum Finding {
    /// In `rendered`.
    case place(Int)
    case wait(ContainerID, Attribution?)
  }

  private mutating func own(_ record: SeccompRecord, _ isSettled: inout Bool) -> Finding {
    switch attribute(record, &isSettled) {
    case .owner(let owner): return own(owner, nil)
    case .inherited(let owner): return own(owner, .inherited)
    case .exited(let owner): return own(owner, .exited)
    case .unresolved(let reason): return .place(render(.unresolved(reason: reason.rawValue, nil)))
    }
  }

  private mutating func own(_ owner: ProcessOwner, _ attribution: Attribution?) -> Finding {
    switch owner {
    case .host(let unit): .place(render(.host(unit: unit, attribution)))
    case .container(let id): own(id, attribution)
    }
  }

  private mutating func own(_ id: ContainerID, _ attribution: Attribution?) -> Finding {
    let pod = Pod(id: id, attribution: attribution)
    if let place = podPlaces[pod] { return .place(place) }
    switch directory.look(up: id, at: now.sinceBoot) {
    case .known(let identity):
      let place = render(.pod(identity, attribution))
      podPlaces[pod] = place
      return .place(place)
    case .asking: return .wait(id, attribution)
    case .noAnswer: return .place(render(withoutNames(id, answered: false)))
    case .notFound: return .place(render(withoutNames(id, answered: true)))
    }
  }

  private func withoutNames(_ id: ContainerID, answered: Bool) -> Ownership {
    if case .snapshot = processes { return .unresolved(reason: "not-in-snapshot", id) }
    return answered ? .unresolved(reason: "unknown-container", id) : .noAnswer(id)
  }

  private func attribute(
    _ record: SeccompRecord, _ isSettled: inout Bool
  ) -> ProcessTable.Attribution {
    switch processes {
    case .snapshot(let owners):
      isSettled = true
      return owners[record.pid].map { .owner($0) } ?? .unresolved(.notInSnapshot)
    case .live(let tracker):
      return tracker.attribute(
        record.pid, stamp: record.stamp.epochMilliseconds, isSettled: &isSettled)
    }
  }

  private mutating func render(_ ownership: Ownership) -> Int {
    if let place = places[ownership] { return place }
    var owner = RecordOwner()
    var outcome = Outcome.enriched
    var container: ContainerID?
    switch ownership {
    case .host(let unit, let attribution):
      owner.unit = unit
      owner.attribution = attribution
      if hostProcesses == .drop { outcome = .dropped }
    case .pod(let identity, let attribution):
      container = identity.id
      owner.namespace = identity.namespace
      owner.pod = identity.pod
      owner.container = identity.container
      owner.podUID = identity.podUID
      owner.containerID = "\(identity.id)"
      owner.attribution = attribution
    case .noAnswer(let id):
      container = id
      owner.containerID = "\(id)"
      owner.attribution = .noCRI
      outcome = .unresolved
    case .unresolved(let reason, let id):
      container = id
      owner.containerID = id.map { "\($0)" }
      owner.attribution = .unresolved
      owner.reason = reason
      outcome = .unresolved
    }
    let bytes = format.render(owner)
    let names = RecordSeries.Owner(namespace: owner.namespace, pod: owner.pod, container: owner.container)
    rendered.append(
      Rendered(
        owner: bytes, outcome: outcome, limit: container.flatMap { limit.place(of: $0, owner: bytes) },
        seriesOwner: series?.id(of: names) ?? 0, attribution: RecordSeries.place(of: owner.attribution),
        fields: journal?.render(owner)))
    places[ownership] = rendered.count - 1
    return rendered.count - 1
  }

  // MARK: Containers that are not known yet

  private mutating func park(
    _ text: borrowing Span<UInt8>, record: Range<Int>, node: Range<Int>?, of id: ContainerID,
    _ attribution: Attribution?
  ) throws(LineWriter.Failure) {
    var copy: [UInt8] = []
    copy.reserveCapacity(text.count)
    for index in text.indices { copy.append(text[index]) }
    let entry = ParkedRecords.Record(text: copy, node: node, record: record, attribution: attribution)
    if let full = parked.add(entry, of: id) { late += try release(full) }
  }

  /// Writes the lines of the records that waited for a container, with its names or without. Returns how many waited.
  @discardableResult
  private mutating func release(_ id: ContainerID) throws(LineWriter.Failure) -> UInt64 {
    let entries = parked.take(id)
    for entry in entries {
      let owner =
        if case .place(let place) = own(id, entry.attribution) { place } else {
          render(withoutNames(id, answered: false))
        }
      let text = entry.text.span
      // It was parsed once.
      guard let record = try? SeccompRecord(parsing: text.extracting(entry.record)) else { continue }
      append(record, text, record: entry.record, node: entry.node, owner: owner)
      if lines.count >= Self.writeAt { try flush() }
    }
    return UInt64(entries.count)
  }

  /// What to do about containers that are not known, and by when to ask again.
  public struct Wants: Sendable {
    /// The runtime must be asked for its containers.
    public var listing: Bool
    /// Milliseconds until this may change without anything happening.
    public var wait: Int64?
  }

  /// Lets go what has waited too long. To be called after each batch, and when its time is up.
  public mutating func settle(at now: Moment) throws(LineWriter.Failure) -> Wants {
    begin(at: now)
    for id in directory.expire(at: now.sinceBoot) { late += try release(id) }
    if late > 0 { tell(late, at: .parked) }
    late = 0
    tellSuppressed(before: now.sinceBoot / 1000)
    try flush()
    let listing = directory.shouldAsk(at: now.sinceBoot)
    let summary = limit.isPending ? 1000 - now.sinceBoot % 1000 : nil
    let deadline = directory.nextDeadline.map { max(0, $0 - now.sinceBoot) }
    return Wants(listing: listing, wait: [summary, deadline].compactMap(\.self).min())
  }

  /// Takes the runtime's containers, or that it did not answer. `asked`: when, in milliseconds since boot.
  public mutating func take(
    _ answer: Result<[ContainerIdentity], CRIError>, asked: Int64 = .max, at now: Moment
  ) throws(LineWriter.Failure) {
    begin(at: now)
    switch answer {
    case .success(let containers):
      // Names of before may be others now.
      forgetOwners()
      for id in directory.listed(containers, asked: asked, at: now.sinceBoot) { try release(id) }
    case .failure: directory.failed()
    }
    try flush()
  }

  /// What is known here, for metrics.
  var snapshot: MetricsSnapshot {
    var snapshot = MetricsSnapshot()
    snapshot.counters = counters
    series?.tell(&snapshot)
    snapshot.parked = parked.count
    snapshot.containers = directory.count
    return snapshot
  }

  /// Whether records wait for names.
  public var isWaiting: Bool { parked.count > 0 }

  // MARK: The end

  /// Counts what was lost, and tells it in the stream.
  public mutating func tell(_ losses: Losses, at now: Moment) throws(LineWriter.Failure) {
    begin(at: now)
    for place in LossPlace.allCases where losses.account[place] > 0 {
      if place == .serialGap, !losses.isGapCertain {
        counters.losses.add(losses.account[place], at: place)
      } else {
        tell(losses.account[place], at: place)
      }
    }
    try flush()
  }

  private mutating func tell(_ count: UInt64, at place: LossPlace) {
    counters.losses.add(count, at: place)
    format.append(lost: count, place: place, at: stamp, to: &lines)
  }

  /// One line for each container of which records were left out before a second since boot.
  private mutating func tellSuppressed(before second: Int64) {
    guard limit.isPending else { return }
    let stamp = stamp
    limit.take(before: second) { owner, count in
      format.append(suppressed: count, owner: owner, at: stamp, to: &lines)
    }
  }

  /// Of lines that are about no record.
  private var stamp: AuditStamp {
    AuditStamp(seconds: now.seconds, milliseconds: UInt16(now.microseconds / 1000), serial: 0)
  }

  /// Writes out all that still waits, as it is.
  public mutating func finish(at now: Moment) throws(LineWriter.Failure) {
    begin(at: now)
    for id in parked.containers { try release(id) }
    tellSuppressed(before: .max)
    try flush()
  }

  /// Goes on with other settings: with those that no open file or socket depends on.
  public mutating func use(_ settings: Settings) throws(LineWriter.Failure) {
    forgetOwners()
    try flush()
    hostProcesses = settings.hostProcesses
    ownNode = settings.nodeWasSet
    limit = RecordLimit(most: settings.recordsPerContainer)
    format = Self.format(settings)
    journal = Self.journal(settings)
    (refusedCounted, refusedTold) = (0, 0)
    directory.use(hasRuntime: !settings.runtime.candidates.isEmpty)
  }

  /// Opens the output's file anew, after logrotate has moved it.
  public mutating func reopen() throws(LineWriter.Failure) { try writer.reopen() }

  private mutating func flush() throws(LineWriter.Failure) {
    guard journal == nil else { return flushToJournal() }
    if lines.count > 0 { try writer.write(&lines) }
  }

  private mutating func flushToJournal() {
    if lines.count > 0 { journal?.write(losses: &lines) }
    guard let refused = journal?.refused else { return }
    guard refused == refusedCounted else {
      counters.losses.add(refused - refusedCounted, at: .journal)
      refusedCounted = refused
      return
    }
    // Told in the stream as soon as that is taken again.
    guard refused > refusedTold else { return }
    format.append(lost: refused - refusedTold, place: .journal, at: stamp, to: &lines)
    if journal?.write(losses: &lines) == true { refusedTold = refused }
  }
}
