package import EnrichedLog

/// The output: lines or journal entries.
package enum RecordOutput: ~Copyable {
  /// Lines to a file descriptor.
  case lines(LineWriter)
  /// Entries to the journal.
  case journal(JournalWriter)

  /// What an output is created from.
  package enum Destination: Equatable, Sendable {
    case journal
    /// A file's path; `-` is standard output.
    case file(String)
  }

  /// Opens a file for appending, or checks that journald is running. Does not wait.
  package init(_ destination: Destination) throws(LineWriter.Failure) {
    switch destination {
    case .journal: self = .journal(try JournalWriter())
    case .file(let path): self = .lines(try LineWriter(path: path))
    }
  }

  /// Whether it is the journal.
  package var isJournal: Bool {
    switch self {
    case .journal: true
    case .lines: false
    }
  }

  /// The style for this output, if `lines` is the configured one.
  package func style(_ lines: RecordFormat.Style) -> RecordFormat.Style {
    if isJournal { return .journald }
    // The format `journald` is the older way to select that output, which was not available.
    return lines == .journald ? .klog : lines
  }

  /// Writes everything that `format` contains, and empties it. Waits if the reader is slow. Returns how many records journald refused,
  /// which are lost. If lines cannot be written to a file, it throws instead.
  package mutating func write(_ format: inout RecordFormat) throws(LineWriter.Failure) -> UInt64 {
    switch consume self {
    case .lines(let writer):
      var failure: LineWriter.Failure?
      do throws(LineWriter.Failure) {
        try format.withLines { (lines) throws(LineWriter.Failure) in try writer.write(lines) }
      } catch {
        failure = error
      }
      self = .lines(writer)
      if let failure { throw failure }
      format.removeAll()
      return 0
    case .journal(var writer):
      let refused = writer.write(format.journal.entries)
      self = .journal(writer)
      format.removeAll()
      return refused
    }
  }

  /// The number of loss reports that the journal has not accepted yet. A file has none.
  package var pendingReports: Int {
    switch self {
    case .lines: 0
    case .journal(let writer): writer.pendingCount
    }
  }

  /// Discards the pending loss reports, because the next ones include them.
  package mutating func forgetPendingReports() {
    switch consume self {
    case .lines(let writer): self = .lines(writer)
    case .journal(var writer):
      writer.forgetPending()
      self = .journal(writer)
    }
  }
}
