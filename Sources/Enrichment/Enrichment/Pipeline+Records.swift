package import AuditRecord
internal import AuditSource
internal import EnrichedLog
internal import RepeatedRecords
package import LogOutput

/// What is done for each record.
extension RecordPipeline {
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
  ) throws(LineWriter.Failure) {
    let text = bytes.extracting(entry.record)
    if Kind.kind == .seccomp, recorder != nil { count(record, text, of: rendered[owner].recorded) }
    // What could be counted is never suppressed.
    let isCountable = isAggregating && !record.standsAlone
    if let index = rendered[owner].limit, !isCountable, !limit.passes(index, second: now.sinceBoot / 1000) {
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
    if isCountable, try aggregate(&record, bytes, entry, owner: owner) { return }
    // A configured node name replaces the one in the log line, although the processes are still those of the log's node.
    if !isNodeConfigured, let node = entry.node { format.setNode(of: bytes.extracting(node)) }
    format.append(&record, text, of: rendered[owner].owner)
    counters.lines.add()
  }

  /// `append` for a record that cannot wait, which is rare: in the other case the function is a part of its caller.
  @inline(never)
  mutating func appendUnusual<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry, owner: Int
  ) throws(LineWriter.Failure) {
    try append(&record, bytes, entry, owner: owner)
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
    if isAggregating { remember(&record, bytes.extracting(step.entry.record)) }
    var owner = step.owner
    if owner == nil {
      if let onlyProcess, record.pid != onlyProcess { return }
      counters.records += 1
      owner = try self.owner(of: &record, bytes, step.entry)
    }
    if let owner { try append(&record, bytes, step.entry, owner: owner) }
  }

  /// Keeps the beginning of a record, so that those that begin like it are read faster.
  @inline(never)
  private mutating func remember<Kind: RecordKind>(_ record: inout Kind, _ text: borrowing Span<UInt8>) {
    guard Kind.self == SeccompRecord.self, let record = record as? SeccompRecord, !record.standsAlone else {
      return
    }
    let key = record.countingKey(.all, text)
    repeated.remember(record, text, hash: aggregator?.hash(key, text) ?? 0)
  }

  /// Counts a record that begins like an earlier one. Returns false if it does not.
  mutating func readRepeated(
    _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry
  ) throws(LineWriter.Failure) -> Bool {
    var record = RepeatedRecord()
    guard entry.type == SeccompRecord.type.number, kinds.contains(.seccomp), entry.node == nil,
      onlyProcess == nil,
      repeated.read(bytes.extracting(entry.record), to: &record)
    else { return false }
    counters.records += 1
    countedSlot = nil
    if let owner = try owner(of: &record, bytes, entry) { try append(&record, bytes, entry, owner: owner) }
    if let countedSlot { repeated.note(countedSlot, of: record) }
    return true
  }

  package mutating func readUnknownType() { count(.unknownType) }

  private mutating func count(_ fault: MalformedRecord) {
    counters.malformed += 1
    lastMalformation = fault
  }
}
