internal import Aggregation
internal import LinuxSystem
internal import Logging
internal import Settings
internal import Systemd

/// The counting of records that become one line.
extension Enricher {
  /// The memory of the counts, which the last run may have left; nil if nothing is counted.
  func counts(_ mode: RunMode) throws -> AggregationMemory? {
    guard mode.isLive else { return settings.aggregation == nil ? nil : try AggregationMemory() }
    // A file is read again from its beginning, and its records are counted again.
    if case .file = settings.source { return try AggregationMemory() }
    if let fd = InheritedSocket.memory(AggregationMemory.name) {
      if let memory = AggregationMemory(inherited: fd) { return memory }
      log.warning("counts that the last run had not written are discarded: another version stored them")
      SystemdNotifier.forget(named: AggregationMemory.name)
    }
    let memory = try AggregationMemory()
    SystemdNotifier.keep(memory.memory.descriptor, named: AggregationMemory.name)
    return memory
  }
}
