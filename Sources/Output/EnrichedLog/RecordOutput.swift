/// Where lines or entries go: one of several.
package enum RecordOutput: ~Copyable {
  /// Lines to a descriptor.
  case lines(LineWriter)
  /// Entries to the journal.
  case journal(JournalWriter)

  /// What an output is made from.
  package enum Destination: Equatable, Sendable {
    case journal
    /// A file's path; `-` is standard output.
    case file(String)
  }

  /// Opens a file to append to it, or finds out whether somebody takes entries. Waits for nobody.
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

  /// The style of what is written to it, where lines have this one.
  package func style(_ lines: RecordFormat.Style) -> RecordFormat.Style {
    if isJournal { return .journald }
    // The format journald is an older name of that output, which could not be had.
    return lines == .journald ? .klog : lines
  }

  /// Writes all that `format` has, and empties it. Waits where the reader is slow. Returns how many records were refused, which are lost:
  /// those that journald does not take. Lost lines of a file are a failure.
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

  /// How many reports of losses wait to be taken. Those of a file never do.
  package var pendingReports: Int {
    switch self {
    case .lines: 0
    case .journal(let writer): writer.pendingCount
    }
  }

  /// Forgets the reports that wait, which the next ones shall stand for.
  package mutating func forgetPendingReports() {
    switch consume self {
    case .lines(let writer): self = .lines(writer)
    case .journal(var writer):
      writer.forgetPending()
      self = .journal(writer)
    }
  }
}
