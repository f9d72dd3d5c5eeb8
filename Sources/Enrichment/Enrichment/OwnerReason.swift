/// Why the owner of a record's process is not certain, where the pipeline finds that out. `ProcessTable.Unresolved` has the reasons that
/// the process table finds. The raw value is what lines have as their `reason`.
package enum OwnerReason: String, CaseIterable, Sendable {
  /// The container runtime answers, and has no container of this ID, or several.
  case unknownContainer = "unknown-container"
  /// The log's line names a node whose processes are not known here.
  case otherNode = "other-node"
  /// The snapshot has no times, so that its process may be a later one of the same ID.
  case noTimes = "no-times"
}
