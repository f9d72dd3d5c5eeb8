package import JournalSource
package import LogLines

/// Where `replay` reads records.
package enum ReplayInput: Sendable {
  /// From log files, one after the other; `-` is standard input.
  case files([String], trust: OriginTrust = .kernel)
  case journal(JournalQuery)
}
