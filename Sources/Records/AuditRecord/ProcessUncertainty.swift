/// Why the process ID of a record need not be that of the process that the record is about. The raw value is the `reason` in lines.
@usableFromInline
package enum ProcessUncertainty: String, CaseIterable, Sendable {
  /// The ID is that of the other side: the process that sent the signal, traced or connected. The record does not have the ID of the
  /// process that the profile confines.
  case otherProcess = "other-process"
  /// The record is about a packet, and the ID is that of the process that ran when the packet was handled.
  case packet
  /// The record has no process ID, or that of the idle process.
  case noProcess = "no-process"
}
