package import ProcessTracking

/// Where it is known whose a process is.
package enum ProcessSource: Sendable {
  /// This machine, now and just before.
  case live(ProcessTracker)
  /// A snapshot's processes, and never this machine's.
  case snapshot(NodeSnapshot)
}
