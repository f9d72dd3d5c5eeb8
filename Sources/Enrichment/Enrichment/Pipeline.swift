package import AccessRecords
package import Aggregation
package import AuditRecord
package import AuditSource
internal import BasicContainers
package import ContainerRuntime
internal import EnrichedLog
package import LogOutput
internal import ProcessTable
package import Recorder
internal import RepeatedRecords
package import Snapshots
internal import WaitingRecords

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
  package internal(set) var lastMalformation: MalformedRecord?

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
  /// What is counted instead of written, and its memory; nil if nothing is.
  var aggregator: Aggregator?
  let counts: AggregationMemory?
  var isAggregating = false
  /// The beginnings of counted records.
  var repeated = RepeatedRecords()
  /// The clock of the intervals of counting.
  let clock: IntervalClock
  /// The time of the first record, in milliseconds since 1970, before which counts have to be written.
  var countsDue = Int64.max
  /// The slot that was found for the last record.
  var countedSlot: CountedSlot?
  /// Whether the last record was counted.
  var wasCounted = false
  /// The owners of counts, rendered, by their number and generation.
  var countOwners: [Int: (generation: UInt32, owner: RenderedOwner)] = [:]
  /// Losses whose reports the output has not accepted yet.
  var unreported = LossAccount()
  /// Records that the output has refused and that have not been reported yet.
  var refused: UInt64 = 0

  /// The owners of the current batch's processes, as indices in `rendered`.
  var batchOwners = OwnerCache()
  /// All recent owners, rendered for the format.
  var rendered = UniqueArray<Rendered>()
  /// The same owners.
  var recordOwners: [RecordOwner] = []
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
    recorder: consuming Recorder? = nil, counts: AggregationMemory? = nil,
    clock: IntervalClock = .machine
  ) {
    self.recorder = recorder
    self.counts = counts
    self.clock = clock
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
    aggregate(every: options.aggregation)
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
    let hasCounted = batch.hasCounted
    try batch.withBytes { (bytes) throws(LineWriter.Failure) in
      for index in 0..<batch.count {
        if hasCounted, batch.wasCounted(index) { continue }
        let entry = batch[index]
        wasCounted = false
        let isRead = isAggregating ? try readRepeated(bytes, entry) : false
        if !isRead {
          try Kinds.read(entry.type, bytes, entry.record, Step(entry: entry, owner: nil), by: &self)
        }
        if format.countBytes() >= Self.writeAt { try flush() }
        if format.countBytes() == 0 {
          // Everything up to here has been written or stored.
          batch.finish(first: index + 1)
        } else if wasCounted {
          batch.noteCounted(index)
        }
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
    recordOwners.removeAll()
    countOwners.removeAll()
    indices.removeAll()
    podIndices.removeAll()
    batchOwners.forgetAll()
    format.forgetOwners()
    tally?.forgetOwners()
  }
}
