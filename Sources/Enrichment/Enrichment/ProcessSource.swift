package import ProcessTracking
package import Snapshots

/// Where the owners of processes come from.
package enum ProcessSource: Sendable {
  /// This machine's processes, including recent ones.
  case live(ProcessTracker)
  /// The processes of a snapshot only, never this machine's.
  case snapshot(NodeSnapshot)
}
