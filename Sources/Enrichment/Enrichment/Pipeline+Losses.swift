internal import AuditRecord
package import AuditSource
internal import EnrichedLog
package import LogOutput
internal import Recorder
package import Recordings

/// Losses and suppressed records: they are counted, and reported among the lines.
extension RecordPipeline {
  /// Counts and reports losses.
  package mutating func report(_ losses: Losses, at now: ClockReading) throws(LineWriter.Failure) {
    begin(at: now)
    counters.unread.add(losses.afterPacked, for: .afterPacked)
    noteLosses(losses)
    for stage in LossStage.allCases where losses.account[stage] > 0 {
      if stage == .serialGap, !losses.isGapCertain {
        counters.losses.add(losses.account[stage], at: stage)
      } else {
        count(losses.account[stage], at: stage)
      }
    }
    try flush()
  }

  /// Counts and reports one loss.
  mutating func count(_ count: UInt64, at stage: LossStage) {
    counters.losses.add(count, at: stage)
    report(count, at: stage)
  }

  private mutating func report(_ count: UInt64, at stage: LossStage) {
    format.append(lost: count, stage, at: stamp)
    unreported.add(count, at: stage)
  }

  /// Repeats all reports that the output has not accepted, as one sum per stage.
  private mutating func reportAgain() {
    for stage in LossStage.allCases where unreported[stage] > 0 {
      format.append(lost: unreported[stage], stage, at: stamp)
    }
  }

  /// Reports, per container, the records that were suppressed before a second since boot.
  mutating func reportSuppressed(before second: Int64) {
    guard limit.isPending else { return }
    let stamp = stamp
    limit.drainSuppressed(before: second) { container in
      format.append(suppressed: container.suppressed, of: container.owner, at: stamp)
      unreported.add(container.suppressed, at: .suppressed)
    }
  }

  /// The stamp of lines that are not about a record.
  var stamp: AuditStamp {
    AuditStamp(seconds: now.seconds, milliseconds: UInt16(now.microseconds / 1000), serial: 0)
  }

  // MARK: Output

  /// Writes all rendered lines.
  mutating func flush() throws(LineWriter.Failure) {
    // If this run crashes from here on, the records of the rendered lines are not the cause.
    if format.countBytes() > 0 { store.forgetAttempts() }
    try write()
    parked.linesAreWritten()
    guard output.pendingReports == 0 else { return }
    unreported = LossAccount()
    store.discarded = 0
    if !limit.isPending { store.suppressed = 0 }
  }

  private mutating func write() throws(LineWriter.Failure) {
    let refused = try output.write(&format)
    if refused > 0 {
      counters.losses.add(refused, at: .journal)
      self.refused += refused
    } else if self.refused > 0 {
      // Losses are reported as soon as the output accepts records again.
      report(self.refused, at: .journal)
      self.refused = 0
      _ = try output.write(&format)
    }
    guard output.pendingReports > Self.maxPendingReports else { return }
    output.forgetPendingReports()
    reportAgain()
    _ = try output.write(&format)
  }

  /// If more reports are pending, they are merged.
  private static var maxPendingReports: Int { 128 }

  // MARK: Options

  /// Changes the options. `output` is the new output, or nil to keep the current one. The format depends on both. `recordings` are those
  /// in files, if they have just been read.
  package mutating func use(
    _ options: EnrichmentOptions, output: consuming RecordOutput?, recordings: Set<RecordingSubject> = [],
    at now: ClockReading
  ) throws(LineWriter.Failure) {
    begin(at: now)
    try writeCounts()
    aggregator?.removeAll()
    forgetOwners()
    try flush()
    kinds = options.kinds
    aggregate(every: options.aggregation)
    hostProcesses = options.hostProcesses
    lines = options.lines
    recorder?.use(options.recording, known: recordings, time: now.epochMilliseconds)
    isNodeConfigured = options.isNodeConfigured
    node = options.node
    if case .live = processes { knownNode = NodeName(options.node) }
    limit = RecordLimit(maxCount: options.recordsPerContainer)
    let wasJournal = self.output.isJournal
    if let output { reopen(output) }
    format = RecordFormat(
      style: self.output.style(options.format), fields: options.fields, node: options.node)
    format.setTime(seconds: now.seconds, microseconds: now.microseconds)
    // The pending reports are repeated in the new format.
    if self.output.isJournal != wasJournal { reportAgain() }
    directory.use(hasRuntime: options.hasRuntime)
  }

  /// Replaces the output with one that was opened again, for example the file of the same name after logrotate moved the old one. An open
  /// journal stays in use, with its pending reports.
  package mutating func reopen(_ new: consuming RecordOutput) {
    guard !output.isJournal || !new.isJournal else { return }
    // The new output reports the losses that the old one has not accepted.
    unreported.add(refused, at: .journal)
    refused = 0
    output = new
  }
}
