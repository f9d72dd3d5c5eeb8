internal import Synchronization

/// The counts of the thread that writes recordings.
package final class RecordingCounts: Sendable {
  package struct Counts: Sendable {
    /// How many recordings are complete.
    package var complete = 0
    /// How often a recording could not be written.
    package var failures: UInt64 = 0
  }

  private let state = Mutex(Counts())

  package init() {}

  package var counts: Counts { state.withLock(\.self) }

  package func update(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }
}
