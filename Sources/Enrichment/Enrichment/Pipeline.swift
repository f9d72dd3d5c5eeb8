package import AuditRecord
package import AuditSource
internal import BasicContainers
package import ContainerRuntime
package import EnrichedLog
internal import ProcessTable

/// The pipeline for the kinds of records that the program knows.
package typealias Pipeline = RecordPipeline<KnownKinds>

/// Everything between a batch of records and its lines. Owned by one thread, waits for nobody.
///
/// `Kinds` are those of the records that become lines. Nothing of them is stored: what runs for each record is compiled for `KnownKinds`.
package struct RecordPipeline<Kinds: RecordTable>: ~Copyable {
  package typealias Processes = ProcessSource

  /// The types of the records that become lines.
  package static var types: [RecordType] { Kinds.types }

  package internal(set) var counters = Counters()
  /// The last malformed record's fault, to be reported once and not for each.
  package private(set) var lastMalformation: MalformedRecord?

  /// Records of all other processes are passed over.
  package var onlyProcess: Int32?

  let processes: Processes
  var hostProcesses: HostProcesses
  var ownNode: Bool
  var directory: ContainerDirectory
  let store: RecordStore
  var parked: ParkedRecords
  var format: RecordFormat
  var node: String
  /// The node whose processes are known here.
  var knownNode: NodeName
  /// No process is known at later times, in milliseconds since 1970.
  private let knownUntil: Int64
  var output: RecordOutput
  var now = ClockReading.now
  /// For metrics; nil where nobody reads any.
  var tally: RecordTally?
  /// Losses whose reports the output has not taken yet.
  var unreported = LossAccount()
  /// Records that the output has refused, not reported yet.
  var refused: UInt64 = 0

  /// The owners of this batch's processes, as places in `rendered`.
  var batchOwners = OwnerCache()
  /// All owners of late, rendered for the format.
  var rendered = UniqueArray<Rendered>()
  var places: [Ownership: Int] = [:]
  /// Of containers whose names are known, which need not be looked at for each process.
  var podPlaces: [Pod: Int] = [:]
  var limit: RecordLimit
  /// Records that went out without names because they had waited too long, or too many had; not reported yet.
  var late: UInt64 = 0
  private static var maxRendered: Int { 32_768 }
  /// Lines are written when they are that many bytes, and at the end of a batch.
  static var writeAt: Int { 1 << 18 }

  /// `directory` with the containers that are known from the start. Records that wait for others stand in `store`.
  package init(
    options: EnrichmentOptions, processes: Processes, directory: ContainerDirectory, store: RecordStore,
    output: consuming RecordOutput
  ) {
    self.store = store
    parked = ParkedRecords(in: store)
    self.processes = processes
    self.directory = directory
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
    limit = RecordLimit(maxCount: options.recordsPerContainer)
    format = RecordFormat(style: output.style(options.format), fields: options.fields, node: options.node)
    tally = options.countsSeries ? RecordTally() : nil
    self.output = output
  }

  // MARK: Records

  /// Turns a batch into lines and writes them, but for those that must wait for their container's names.
  @specialized(where Kinds == KnownKinds)
  package mutating func process(
    _ batch: borrowing RecordBatch, at now: ClockReading
  ) throws(LineWriter.Failure) {
    begin(at: now)
    if case .live(let tracker) = processes, batch.count > 0 {
      // What was known for the last batch may be over.
      batchOwners.forgetAll()
      tracker.beginBatch()
    }
    tally?.beginBatch()
    counters.unread.add(batch.unread)
    try batch.withBytes { (bytes) throws(LineWriter.Failure) in
      for index in 0..<batch.count {
        let entry = batch[index]
        try Kinds.read(entry.type, bytes, Step(entry: entry, owner: nil), by: &self)
        if format.countBytes() >= Self.writeAt { try flush() }
        // Everything up to here has been written or stored.
        if format.countBytes() == 0 { batch.finish(first: index + 1) }
      }
    }
    try flush()
    batch.finish(first: batch.count)
  }

  mutating func begin(at now: ClockReading) {
    self.now = now
    format.setTime(seconds: now.seconds, microseconds: now.microseconds)
    if rendered.count > Self.maxRendered { forgetOwners() }
  }

  mutating func forgetOwners() {
    reportSuppressed(before: .max)
    limit.forgetOwners(at: now.sinceBoot / 1000)
    rendered.removeAll()
    places.removeAll()
    podPlaces.removeAll()
    batchOwners.forgetAll()
    format.forgetOwners()
    tally?.forgetOwners()
  }

  /// Enriches a record whose text stands in `bytes`.
  @inline(__always)
  private mutating func enrich<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry
  ) throws(LineWriter.Failure) {
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
      switch own(record.pid, record.stamp, &isSettled) {
      case .place(let place):
        owner = place
        if isSettled {
          batchOwners.remember(place, of: record.pid, since: record.stamp.epochMilliseconds)
        }
      case .wait(let id, let attribution):
        try park(&record, bytes, entry, of: id, attribution)
        return
      }
    }
    append(&record, bytes, entry, owner: owner)
  }

  mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry, owner: Int
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
    let owner = rendered[owner]
    tally?.count(record.tallyKey, owner: owner.tallyOwner, attribution: owner.attribution)
    // A node's name that was set is written in place of the one in the line. Processes are another node's all the same.
    if !ownNode, let node = entry.node { format.setNode(of: bytes.extracting(node)) }
    format.append(&record, bytes.extracting(entry.record), of: owner.owner)
  }

  /// What is known here, for metrics.
  package var snapshot: MetricsSnapshot {
    var snapshot = MetricsSnapshot()
    snapshot.node = node
    snapshot.counters = counters
    tally?.copy(to: &snapshot)
    snapshot.parked = parked.count
    snapshot.containers = directory.count
    return snapshot
  }
}

extension RecordPipeline: RecordReader {
  /// What is to be done with a record.
  package struct Step {
    var entry: RecordBatch.Entry
    /// The index of its owner; nil if that is still to be found.
    var owner: Int?
  }

  package mutating func read<Kind: RecordKind>(
    _ kind: Kind.Type, _ bytes: borrowing Span<UInt8>, _ step: Step
  ) throws(LineWriter.Failure) {
    var record = Kind()
    do {
      try record.read(bytes.extracting(step.entry.record))
    } catch {
      count(error)
      return
    }
    if let owner = step.owner {
      append(&record, bytes, step.entry, owner: owner)
    } else {
      try enrich(&record, bytes, step.entry)
    }
  }

  package mutating func readUnknownType() { count(.unknownType) }

  private mutating func count(_ fault: MalformedRecord) {
    counters.malformed += 1
    lastMalformation = fault
  }
}
