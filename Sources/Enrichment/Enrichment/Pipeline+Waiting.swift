internal import AccessRecords
internal import AuditRecord
internal import AuditSource
internal import Cgroups
package import ContainerRuntime
internal import EnrichedLog
package import LogOutput
internal import WaitingRecords

/// Records of containers that are not known yet. Only these records wait; all others are processed.
extension RecordPipeline {
  /// Whether records wait for names.
  package var isWaiting: Bool { parked.count > 0 }

  /// The number of records that wait for names.
  package var waitingCount: Int { parked.count }

  /// The number of inherited chunks that could not be read to their end.
  package var tornChunks: Int { parked.torn }

  mutating func park<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry,
    of id: ContainerID, _ attribution: Attribution?
  ) throws(LineWriter.Failure) {
    // The node name precedes the record.
    let start = min(entry.record.lowerBound, entry.node?.lowerBound ?? .max)
    let text = bytes.extracting(start..<entry.record.upperBound)
    guard text.count <= ParkedRecords.longest else {
      late += try release(id) + 1
      try flush()
      let owner = render(withoutNames(id, answered: false))
      return try appendUnusual(&record, bytes, entry, owner: owner)
    }
    while let full = parked.containerToRelease(for: id, length: text.count) {
      late += try release(full)
      try flush()
    }
    parked.add(text, entry.moved(by: -start), attribution: attribution, of: id)
  }

  /// Restarts the wait for names of records that another process left, and reports the losses that it had not reported.
  package mutating func resume(at now: ClockReading) throws(LineWriter.Failure) {
    begin(at: now)
    try writeInheritedCounts()
    // The owners of these records are no longer known.
    if store.suppressed > 0 { count(store.suppressed, at: .suppressed) }
    if store.discarded > 0 { count(store.discarded, at: .memory) }
    for id in parked.containers {
      if case .wait = findOwner(id, nil) { continue }
      try release(id)
    }
    try flush()
  }

  /// Renders the lines of the records that waited for a container, with or without its names. Returns their number.
  @discardableResult
  @specialized(where Kinds == KnownKinds)
  private mutating func release(_ id: ContainerID) throws(LineWriter.Failure) -> UInt64 {
    var count: UInt64 = 0
    let memory = parked.memory
    for chunk in parked.remove(id) {
      for entry in parked.records(of: chunk) {
        count += 1
        let owner =
          if case .index(let index) = findOwner(id, entry.attribution) { index } else {
            render(withoutNames(id, answered: false))
          }
        let step = Step(entry: entry.entry, owner: owner)
        wasCounted = false
        try memory.withBytes(entry.text) { (bytes) throws(LineWriter.Failure) in
          try Kinds.read(entry.entry.type, bytes, entry.entry.record, step, by: &self)
        }
        if wasCounted { parked.noteCounted(entry) }
      }
      parked.finish(chunk)
      if format.countBytes() >= Self.writeAt { try flush() }
    }
    wasCounted = false
    return count
  }

  /// Releases records that have waited too long. Must be called after each batch, and after the returned wait.
  package mutating func settle(at now: ClockReading) throws(LineWriter.Failure) -> RuntimeWants {
    begin(at: now)
    for id in directory.expire(at: now.sinceBoot) { late += try release(id) }
    reportLate()
    reportSuppressed(before: now.sinceBoot / 1000)
    if clock == .machine, let due = aggregator?.due, due <= now.sinceBoot {
      try endInterval(at: now.sinceBoot)
    }
    try flush()
    counters.lines.advance(to: now.sinceBoot)
    let listing = directory.shouldAsk(at: now.sinceBoot)
    let summary = limit.isPending ? 1000 - now.sinceBoot % 1000 : nil
    let deadline = directory.nextDeadline.map { max(0, $0 - now.sinceBoot) }
    return RuntimeWants(listing: listing, wait: earlier(earlier(summary, deadline), countsWait()))
  }

  private mutating func reportLate() {
    if late > 0 { count(late, at: .parked) }
    late = 0
  }

  /// Processes the runtime's answer: its containers, or an error. `asked` is the time of the request, in milliseconds since boot.
  package mutating func merge(
    _ answer: Result<[ContainerIdentity], CRIError>, asked: Int64 = .max, at now: ClockReading
  ) throws(LineWriter.Failure) {
    begin(at: now)
    switch answer {
    case .success(let containers):
      // Names may have changed.
      forgetOwners()
      for id in directory.listed(containers, asked: asked, at: now.sinceBoot) { try release(id) }
      recorder?.listed(containers)
    case .failure: directory.failed()
    }
    try flush()
  }

  /// Releases all waiting records, without names.
  package mutating func finish(at now: ClockReading) throws(LineWriter.Failure) {
    begin(at: now)
    for id in parked.containers { late += try release(id) }
    reportLate()
    reportSuppressed(before: .max)
    try writeCounts()
    aggregator?.removeAll()
    try flush()
    // If the journal refused some entries, the second call reports them.
    try flush()
  }
}

/// What to do about unknown containers, and when to check again.
package struct RuntimeWants: Sendable {
  /// Whether the runtime must be asked for its containers.
  package var listing: Bool
  /// The number of milliseconds after which this may change without another event; nil if it does not.
  package var wait: Int64?
}
