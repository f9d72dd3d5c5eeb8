internal import AuditRecord
package import AuditSource
package import EnrichedLog

/// What is lost, and what is left out: counted, and reported among the lines.
extension RecordPipeline {
  /// Counts what was lost, and reports it.
  package mutating func report(_ losses: Losses, at now: ClockReading) throws(LineWriter.Failure) {
    begin(at: now)
    counters.unread.add(losses.afterGzip, for: .afterGzip)
    for place in LossPlace.allCases where losses.account[place] > 0 {
      if place == .serialGap, !losses.isGapCertain {
        counters.losses.add(losses.account[place], at: place)
      } else {
        count(losses.account[place], at: place)
      }
    }
    try flush()
  }

  /// Counts a loss, and reports it.
  mutating func count(_ count: UInt64, at place: LossPlace) {
    counters.losses.add(count, at: place)
    report(count, at: place)
  }

  private mutating func report(_ count: UInt64, at place: LossPlace) {
    format.append(lost: count, place, at: stamp)
    unreported.add(count, at: place)
  }

  /// Reports once more all whose reports have not been taken, as one sum for each place.
  private mutating func reportAgain() {
    for place in LossPlace.allCases where unreported[place] > 0 {
      format.append(lost: unreported[place], place, at: stamp)
    }
  }

  /// One report for each container of which records were left out before a second since boot.
  mutating func reportSuppressed(before second: Int64) {
    guard limit.isPending else { return }
    let stamp = stamp
    limit.take(before: second) { container in
      format.append(suppressed: container.suppressed, of: container.owner, at: stamp)
      unreported.add(container.suppressed, at: .suppressed)
    }
  }

  /// Of lines that are about no record.
  private var stamp: AuditStamp {
    AuditStamp(seconds: now.seconds, milliseconds: UInt16(now.microseconds / 1000), serial: 0)
  }

  // MARK: Output

  /// Writes out what was made.
  mutating func flush() throws(LineWriter.Failure) {
    // Whatever ends this run, it is not the records of lines that are made.
    if format.countBytes() > 0 { store.forgetAttempts() }
    try write()
    parked.linesAreWritten()
    guard output.pendingReports == 0 else { return }
    unreported = LossAccount()
    store.givenUp = 0
    if !limit.isPending { store.suppressed = 0 }
  }

  private mutating func write() throws(LineWriter.Failure) {
    let refused = try output.write(&format)
    if refused > 0 {
      counters.losses.add(refused, at: .journal)
      self.refused += refused
    } else if self.refused > 0 {
      // Reported as soon as records are taken again.
      report(self.refused, at: .journal)
      self.refused = 0
      _ = try output.write(&format)
    }
    guard output.pendingReports > Self.maxPendingReports else { return }
    output.forgetPendingReports()
    reportAgain()
    _ = try output.write(&format)
  }

  /// Where more wait, they are merged.
  private static var maxPendingReports: Int { 128 }

  // MARK: Options

  /// Goes on with other options. `output` is the one to go on with, where it is another; its format follows from both.
  package mutating func use(
    _ options: EnrichmentOptions, output: consuming RecordOutput?, at now: ClockReading
  ) throws(LineWriter.Failure) {
    begin(at: now)
    forgetOwners()
    try flush()
    hostProcesses = options.hostProcesses
    ownNode = options.nodeOverridesLog
    node = options.node
    if case .live = processes { knownNode = NodeName(options.node) }
    limit = RecordLimit(maxCount: options.recordsPerContainer)
    let wasJournal = self.output.isJournal
    if let output { reopen(output) }
    format = RecordFormat(
      style: self.output.style(options.format), fields: options.fields, node: options.node)
    format.setTime(seconds: now.seconds, microseconds: now.microseconds)
    // In the format that is written from now on.
    if self.output.isJournal != wasJournal { reportAgain() }
    directory.use(hasRuntime: options.hasRuntime)
  }

  /// Goes on with an output that was opened anew: with a file of the same name, after logrotate has moved the old one. An open journal
  /// stays, with the reports that it has not taken.
  package mutating func reopen(_ new: consuming RecordOutput) {
    guard !output.isJournal || !new.isJournal else { return }
    // What the old one has not taken is for the new one to report.
    unreported.add(refused, at: .journal)
    refused = 0
    output = new
  }
}
