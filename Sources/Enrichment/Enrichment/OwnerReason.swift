/// The reasons for an uncertain owner that the pipeline finds. `ProcessTable.Unresolved` has those that the process table finds. The raw
/// value is the `reason` in lines.
package enum OwnerReason: String, CaseIterable, Sendable {
  /// The container runtime answers, but has no container with this ID, or more than one.
  case unknownContainer = "unknown-container"
  /// The log line names a node whose processes are not known here.
  case otherNode = "other-node"
  /// The snapshot has no times, so its process may have received the ID after the record.
  case noTimes = "no-times"
}
