internal import AuditRecord
internal import AuditSource
internal import Cgroups
package import ContainerRuntime
package import EnrichedLog

/// Records of containers that are not known yet: they wait, and nobody else does.
extension RecordPipeline {
  /// Whether records wait for names.
  package var isWaiting: Bool { parked.count > 0 }

  /// How many do.
  package var waitingCount: Int { parked.count }

  /// Parts of what another process left waiting that could not be read to their end.
  package var tornChunks: Int { parked.torn }

  mutating func park<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry,
    of id: ContainerID, _ attribution: Attribution?
  ) throws(LineWriter.Failure) {
    // The node's name stands before the record.
    let start = min(entry.record.lowerBound, entry.node?.lowerBound ?? .max)
    let text = bytes.extracting(start..<entry.record.upperBound)
    guard text.count <= ParkedRecords.longest else {
      late += try release(id) + 1
      try flush()
      let owner = render(withoutNames(id, answered: false))
      return append(&record, bytes, entry, owner: owner)
    }
    while let full = parked.mustGo(for: id, length: text.count) {
      late += try release(full)
      try flush()
    }
    parked.add(text, entry.moved(by: -start), attribution: attribution, of: id)
  }

  /// Has records that another process left wait for their names again, and reports what it had left out.
  package mutating func resume(at now: ClockReading) throws(LineWriter.Failure) {
    begin(at: now)
    // Nobody knows any more whose they were.
    if store.suppressed > 0 { count(store.suppressed, at: .suppressed) }
    if store.givenUp > 0 { count(store.givenUp, at: .memory) }
    for id in parked.containers {
      if case .wait = own(id, nil) { continue }
      try release(id)
    }
    try flush()
  }

  /// Makes the lines of the records that waited for a container, with its names or without. Returns how many waited.
  @discardableResult
  @specialized(where Kinds == KnownKinds)
  private mutating func release(_ id: ContainerID) throws(LineWriter.Failure) -> UInt64 {
    var count: UInt64 = 0
    let memory = parked.memory
    for chunk in parked.take(id) {
      for entry in parked.records(of: chunk) {
        count += 1
        let owner =
          if case .place(let place) = own(id, entry.attribution) { place } else {
            render(withoutNames(id, answered: false))
          }
        let step = Step(entry: entry.entry, owner: owner)
        try memory.withBytes(entry.text) { (bytes) throws(LineWriter.Failure) in
          try Kinds.read(entry.entry.type, bytes, step, by: &self)
        }
      }
      parked.finish(chunk)
      if format.countBytes() >= Self.writeAt { try flush() }
    }
    return count
  }

  /// Lets go what has waited too long. To be called after each batch, and when its time is up.
  package mutating func settle(at now: ClockReading) throws(LineWriter.Failure) -> RuntimeWants {
    begin(at: now)
    for id in directory.expire(at: now.sinceBoot) { late += try release(id) }
    reportLate()
    reportSuppressed(before: now.sinceBoot / 1000)
    try flush()
    let listing = directory.shouldAsk(at: now.sinceBoot)
    let summary = limit.isPending ? 1000 - now.sinceBoot % 1000 : nil
    let deadline = directory.nextDeadline.map { max(0, $0 - now.sinceBoot) }
    return RuntimeWants(listing: listing, wait: earlier(summary, deadline))
  }

  private mutating func reportLate() {
    if late > 0 { count(late, at: .parked) }
    late = 0
  }

  /// Takes the runtime's containers, or that it did not answer. `asked`: when, in milliseconds since boot.
  package mutating func take(
    _ answer: Result<[ContainerIdentity], CRIError>, asked: Int64 = .max, at now: ClockReading
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

  /// Writes out all that still waits, as it is.
  package mutating func finish(at now: ClockReading) throws(LineWriter.Failure) {
    begin(at: now)
    for id in parked.containers { late += try release(id) }
    reportLate()
    reportSuppressed(before: .max)
    try flush()
    // Once more: what the journal did not take just now is reported by the next.
    try flush()
  }
}

/// What to do about containers that are not known, and by when to ask again.
package struct RuntimeWants: Sendable {
  /// The runtime must be asked for its containers.
  package var listing: Bool
  /// Milliseconds until this may change without anything happening.
  package var wait: Int64?
}
