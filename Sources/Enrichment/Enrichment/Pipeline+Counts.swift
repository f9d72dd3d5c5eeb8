internal import Aggregation
internal import AuditRecord
internal import AuditSource
internal import EnrichedLog
package import LogOutput
internal import RepeatedRecords

/// Records that are counted, and become one line of many.
extension RecordPipeline {
  /// Begins to count records, or ends that. All counts have been written.
  mutating func aggregate(every interval: Int64?) {
    aggregator = if let interval, let counts { Aggregator(in: counts, interval: interval) } else { nil }
    isAggregating = aggregator != nil
    // What it knows of slots is of another aggregator.
    repeated = RepeatedRecords()
    countsDue = .max
  }

  /// Counts a record with others of its key. Returns false if it is the first one, which has a line of its own.
  @inline(__always)
  mutating func aggregate<Kind: RecordKind>(
    _ record: inout Kind, _ bytes: borrowing Span<UInt8>, _ entry: RecordBatch.Entry, owner index: Int
  ) throws(LineWriter.Failure) -> Bool {
    let stamp = record.stamp
    if stamp.epochMilliseconds >= countsDue { try endInterval(at: stamp.epochMilliseconds) }
    let text = bytes.extracting(entry.record)
    let node = bytes.extracting(isNodeConfigured ? 0..<0 : entry.node ?? 0..<0)
    let owner = rendered[index].counted
    if let last = record.lastSlot, aggregator?.holds(last, of: owner) == true, Aggregator.fits(text) {
      let invented = last.detail == .merged ? record.inventedTexts(text) : TextRanges()
      count(&record, text, last, of: owner, leaving: invented)
      return true
    }
    if aggregator?.isCurrent(owner) == true, Aggregator.fits(text) {
      let key = record.countingKey(.all, text)
      countedSlot = aggregator?.count(key, Kind.kind, of: owner, text, node: node, stamp)
      if countedSlot != nil {
        wasCounted = true
        counters.aggregated += 1
        return true
      }
    }
    return try add(&record, text, node: node, owner: index)
  }

  /// Counts a record whose key has no slot, or has one only with less detail.
  @inline(never)
  private mutating func add<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, node: borrowing Span<UInt8>, owner index: Int
  ) throws(LineWriter.Failure) -> Bool {
    guard let owner = reference(of: index) else { return false }
    let time = clock == .machine ? now.sinceBoot : record.stamp.epochMilliseconds
    var detail = KeyDetail.all
    while true {
      let invented = detail == .merged ? record.inventedTexts(text) : TextRanges()
      if detail == .least || Aggregator.fits(text) {
        let key = record.countingKey(detail, text)
        let added =
          aggregator?.add(
            key, Kind.kind, Kind.type, detail, of: owner, text, node: node, leaving: invented, at: time)
          ?? .refused
        switch added {
        case .slot(let slot, let isNew):
          if isNew {
            if clock == .records { countsDue = aggregator?.due ?? .max }
            let isWithin =
              rendered[index].limit.map { limit.hasSpace($0, second: now.sinceBoot / 1000) } ?? true
            if isWithin { return false }
          }
          countedSlot = aggregator?.counted(slot, detail)
          if let countedSlot { count(&record, text, countedSlot, of: owner, leaving: invented) }
          return true
        case .evict(let slot):
          try writeCount(slot)
          aggregator?.remove(slot)
          continue
        case .refused: break
        }
      }
      guard let less = KeyDetail(rawValue: detail.rawValue + 1) else { return false }
      detail = less
    }
  }

  @inline(__always)
  private mutating func count<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, _ counted: CountedSlot,
    of owner: AggregationOwners.Reference, leaving left: TextRanges
  ) {
    wasCounted = true
    counters.aggregated += 1
    if counted.detail != .all { counters.merged += 1 }
    aggregator?.count(
      counted.slot, counted.detail, of: owner, text, record.stamp, pid: record.pid, leaving: left)
  }

  private mutating func reference(of index: Int) -> AggregationOwners.Reference? {
    let known = rendered[index].counted
    if aggregator?.isCurrent(known) == true { return known }
    guard let reference = aggregator?.reference(of: recordOwners[index]) else { return nil }
    rendered[index].counted = reference
    return reference
  }

  // MARK: Lines

  /// Milliseconds until the interval ends; nil if nothing is counted, or records end it.
  mutating func countsWait() -> Int64? {
    let due = aggregator?.due ?? .max
    return clock == .machine && due != .max ? max(0, due - now.sinceBoot) : nil
  }

  /// Ends the interval, at a time of its clock.
  mutating func endInterval(at time: Int64) throws(LineWriter.Failure) {
    try writeCounts()
    aggregator?.endInterval(at: time)
    if clock == .records { countsDue = aggregator?.due ?? .max }
  }

  /// Writes a line for each key that has counted records, as after the end of the interval.
  package mutating func writeCounts(at now: ClockReading) throws(LineWriter.Failure) {
    begin(at: now)
    try writeCounts()
  }

  mutating func writeCounts() throws(LineWriter.Failure) {
    guard let counts else { return }
    var written: [Int] = []
    for slot in 0..<counts.usedSlots {
      guard let pending = counts.pending(slot) else { continue }
      append(pending, from: counts)
      written.append(slot)
      guard format.countBytes() >= Self.writeAt else { continue }
      try finish(&written)
    }
    for (owner, count) in aggregator?.drainMerged() ?? [] {
      format.append(merged: count, of: renderedOwner(owner, from: counts), at: stamp)
    }
    try finish(&written)
  }

  private mutating func writeCount(_ slot: Int) throws(LineWriter.Failure) {
    guard let counts, let pending = counts.pending(slot) else { return }
    append(pending, from: counts)
    var written = [slot]
    try finish(&written)
  }

  /// Writes the lines of counts, which then begin anew. If this run is killed before that, the next one writes the same lines.
  private mutating func finish(_ written: inout [Int]) throws(LineWriter.Failure) {
    try flush()
    for slot in written {
      if aggregator != nil { aggregator?.noteWritten(slot) } else { counts?.resetCount(of: slot) }
    }
    written.removeAll(keepingCapacity: true)
  }

  /// Writes the counts that another process left.
  mutating func writeInheritedCounts() throws(LineWriter.Failure) {
    guard let counts, counts.isInherited else { return }
    try writeCounts()
    counts.removeAll()
    countOwners.removeAll()
  }

  private mutating func append(_ pending: PendingCount, from counts: AggregationMemory) {
    let line = RecordFormat.CountedLine(
      owner: renderedOwner(pending.owner, from: counts), detail: pending.detail,
      count: RecordCount(pending.count, since: pending.first))
    counters.lines.add()
    let before = format.countBytes()
    counts.memory.withBytes(pending.node) { if !$0.isEmpty { format.setNode(of: $0) } }
    if !pending.text.isEmpty {
      counts.memory.withBytes(pending.text) { text in
        try? Kinds.read(pending.type, text, 0..<text.count, line, by: &format)
      }
    }
    // There is no text, or another process was killed while it copied one.
    guard format.countBytes() == before,
      let text = Kinds.leastText(
        pending.kind, type: pending.type, pending.leastKey, stamp: pending.last, pid: pending.pid)
    else { return }
    let bytes = Array(text.utf8)
    let least = RecordFormat.CountedLine(owner: line.owner, detail: .least, count: line.count)
    try? Kinds.read(pending.type, bytes.span, 0..<bytes.count, least, by: &format)
  }

  private mutating func renderedOwner(_ number: Int, from counts: AggregationMemory) -> RenderedOwner {
    let generation = aggregator?.generation(of: number) ?? 0
    if let known = countOwners[number], known.generation == generation { return known.owner }
    let owner = format.render(counts.owner(number))
    countOwners[number] = (generation, owner)
    return owner
  }
}
