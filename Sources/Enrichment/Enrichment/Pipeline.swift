package import AccessRecords
package import AuditRecord
package import AuditSource
internal import BasicContainers
package import ContainerRuntime
internal import EnrichedLog
package import LogOutput
internal import ProcessTable
package import Recorder
package import Snapshots

/// The pipeline for all record kinds that the program knows.
package typealias Pipeline = RecordPipeline<KnownKinds>

/// Turns batches of records into lines. Owned by one thread; it never waits for container names.
///
/// `Kinds` are the record kinds that become lines. The type parameter needs no storage, and the code for each record is specialized for
/// `KnownKinds`.
package struct RecordPipeline<Kinds: RecordTable>: ~Copyable {
  /// The types of the records that become lines.
  package static var types: [RecordType] { Kinds.types }

  package internal(set) var counters = Counters()
  /// The error of the last malformed record, which is reported only once.
  package private(set) var lastMalformation: MalformedRecord?

  /// If set, records of all other processes are ignored.
  package var onlyProcess: Int32?

  var processes: ProcessSource
  var kinds: RecordKinds
  var hostProcesses: HostProcesses
  var lines: ContainerChoice
  var isNodeConfigured: Bool
  var directory: ContainerDirectory
  let store: RecordStore
  var parked: ParkedRecords
  var format: RecordFormat
  var node: String
  /// The node whose processes are looked up, and the snapshots of all nodes if there are several.
  var knownNode: NodeName, nodes: [NodeSnapshot]
  /// The time after which no process is known, in milliseconds since 1970: a second after the snapshot, or after this batch was read.
  var knownUntil: Int64
  var output: RecordOutput
  var now = ClockReading.now
  /// The counts for metrics; nil if metrics are disabled.
  var tally: RecordTally?
  /// Records the calls of containers; nil if no service does so.
  var recorder: Recorder?
  /// Losses whose reports the output has not accepted yet.
  var unreported = LossAccount()
  /// Records that the output has refused and that have not been reported yet.
  var refused: UInt64 = 0

  /// The owners of the current batch's processes, as indices in `rendered`.
  var batchOwners = OwnerCache()
  /// All recent owners, rendered for the format.
  var rendered = UniqueArray<Rendered>()
  var indices: [Ownership: Int] = [:]
  /// The indices of containers with known names, which need no lookup for each process.
  var podIndices: [Pod: Int] = [:]
  var limit: RecordLimit
  /// Records that were written without names because they waited too long or were too many; not reported yet.
  var late: UInt64 = 0
  private static var maxRendered: Int { 32_768 }
  /// Lines are written when they reach this number of bytes, and at the end of a batch.
  static var writeAt: Int { 1 << 18 }
  /// By how many milliseconds a record may be later than this machine's clock, which may have been set back since.
  private static var clockTolerance: Int64 { 1000 }

  /// Creates a pipeline. `nodes` are the snapshots of all nodes, and `processes` is the first. `directory` has the containers that are
  /// known from the start, and `store` the records that wait for others.
  package init(
    options: EnrichmentOptions, processes: ProcessSource, nodes: [NodeSnapshot] = [],
    directory: ContainerDirectory, store: RecordStore, output: consuming RecordOutput,
    recorder: consuming Recorder? = nil
  ) {
    self.recorder = recorder
    self.store = store
    parked = ParkedRecords(in: store)
    self.processes = processes
    self.nodes = nodes.count > 1 ? nodes : []
    self.directory = directory
    kinds = options.kinds
    hostProcesses = options.hostProcesses
    lines = options.lines
    isNodeConfigured = options.isNodeConfigured
    node = options.node
    if case .snapshot(let snapshot) = processes {
      (knownNode, knownUntil) = (NodeName(snapshot.node), snapshot.knownUntil)
    } else {
      (knownNode, knownUntil) = (NodeName(options.node), now.epochMilliseconds + Self.clockTolerance)
    }
    limit = RecordLimit(maxCount: options.recordsPerContainer)
    format = RecordFormat(style: output.style(options.format), fields: options.fields, node: options.node)
    tally = options.countsSeries ? RecordTally() : nil
    self.output = output
  }

  // MARK: Records

  /// Turns a batch into lines and writes them, except for records that must wait for their container's names.
  @specialized(where Kinds == KnownKinds)
  package mutating func process(
    _ batch: borrowing RecordBatch, at now: ClockReading
  ) throws(LineWriter.Failure) {
    begin(at: now)
    if case .live(let tracker) = processes, batch.count > 0 {
      // Owners that were found for the last batch may be outdated.
      batchOwners.forgetAll()
      tracker.beginBatch()
    }
    tally?.beginBatch()
    counters.unread.add(batch.unread)
    try batch.withBytes { (bytes) throws(LineWriter.Failure) in
      for index in 0..<batch.count {
        let entry = batch[index]
        try Kinds.read(entry.type, bytes, entry.record, Step(entry: entry, owner: nil), by: &self)
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
    if case .live = processes { knownUntil = now.epochMilliseconds + Self.clockTolerance }
    format.setTime(seconds: now.seconds, microseconds: now.microseconds)
    if rendered.count > Self.maxRendered { forgetOwners() }
  }

  mutating func forgetOwners() {
    reportSuppressed(before: .max)
    limit.forgetOwners(at: now.sinceBoot / 1000)
    rendered.removeAll()
    indices.removeAll()
    podIndices.removeAll()
    batchOwners.forgetAll()
    format.forgetOwners()
    tally?.forgetOwners()
  }

  /// The index of a record's owner in `rendered`; nil if the record waits for its container's names.
  @inline(__always)
  private mutating func owner<Kind: RecordKind>(
    of record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry
  ) throws(LineWriter.Failure) -> Int? {
    let made = record.stamp.epochMilliseconds
    if !isOfKnownNode(entry, bytes) {
      return render(.unresolved(reason: OwnerReason.otherNode.rawValue, nil))
    }
    if let uncertainty = record.uncertainty { return render(.uncertain(uncertainty)) }
    if made <= knownUntil, let known = batchOwners.index(of: record.pid, made: made) { return known }
    var isSettled = false
    switch findOwner(record.pid, record.stamp, &isSettled) {
    case .index(let index):
      if isSettled { batchOwners.remember(index, of: record.pid, since: made) }
      return index
    case .wait(let id, let attribution):
      try park(&record, bytes, entry, of: id, attribution)
      return nil
    }
  }

  /// Counts a record of a known owner and appends its line.
  @inline(__always)
  private mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry, owner: Int
  ) {
    let text = bytes.extracting(entry.record)
    if Kind.kind == .seccomp, recorder != nil { count(record, text, of: rendered[owner].recorded) }
    if let index = rendered[owner].limit, !limit.passes(index, second: now.sinceBoot / 1000) {
      counters.losses.add(1, at: .suppressed)
      store.countSuppressed()
      return
    }
    switch rendered[owner].outcome {
    case .enriched: counters.enriched += 1
    case .unresolved:
      counters.unresolved += 1
      if Kind.kind == .seccomp { recorder?.lose(1, .unresolved) }
    case .dropped:
      counters.dropped += 1
      return
    }
    if tally != nil {
      let (names, way) = (rendered[owner].tallyOwner, rendered[owner].attribution)
      let key = record.tallyKey(text)
      if tally?.count(key, Kind.kind, owner: names, attribution: way) == true {
        tally?.setLabels(record.tallyLabels(text), of: key, owner: names)
      }
    }
    guard rendered[owner].isLine else {
      counters.unselected += 1
      return
    }
    // A configured node name replaces the one in the log line, although the processes are still those of the log's node.
    if !isNodeConfigured, let node = entry.node { format.setNode(of: bytes.extracting(node)) }
    format.append(&record, text, of: rendered[owner].owner)
  }

  /// `append` for a record that cannot wait, which is rare: in the other case the function is a part of its caller.
  @inline(never)
  mutating func appendUnusual<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry, owner: Int
  ) {
    append(&record, bytes, entry, owner: owner)
  }
}

extension RecordPipeline: RecordReader {
  /// The context for reading one record.
  package struct Step {
    var entry: RecordBatch.Entry
    /// The index of the record's owner; nil if it has to be resolved.
    var owner: Int?
  }

  package mutating func read<Kind: RecordKind>(
    _ kind: Kind.Type, _ bytes: borrowing Span<UInt8>, _ step: Step
  ) throws(LineWriter.Failure) {
    // Kinds share types, so that records of other kinds arrive, too. A record that waited for names stays wanted.
    guard step.owner != nil || kinds.contains(Kind.kind) else { return }
    var record = Kind()
    do {
      try record.read(bytes.extracting(step.entry.record))
    } catch {
      count(error)
      return
    }
    var owner = step.owner
    if owner == nil {
      if let onlyProcess, record.pid != onlyProcess { return }
      counters.records += 1
      owner = try self.owner(of: &record, bytes, step.entry)
    }
    if let owner { append(&record, bytes, step.entry, owner: owner) }
  }

  package mutating func readUnknownType() { count(.unknownType) }

  private mutating func count(_ fault: MalformedRecord) {
    counters.malformed += 1
    lastMalformation = fault
  }
}
