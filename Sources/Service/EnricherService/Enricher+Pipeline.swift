internal import Aggregation
internal import AuditSource
internal import ContainerRuntime
internal import Enrichment
internal import LogOutput
internal import ProcessTracking
internal import Recorder
internal import Settings
internal import Snapshots
internal import Systemd

/// The hot path, and what it counts.
extension Enricher {
  func pipeline(
    _ tracker: ProcessTracker?, _ snapshots: [NodeSnapshot], hasRuntime: Bool, _ store: RecordStore,
    _ output: consuming RecordOutput, _ recorder: consuming Recorder?,
    _ counts: AggregationMemory?, _ clock: IntervalClock
  ) -> Pipeline {
    var directory = ContainerDirectory(hasRuntime: hasRuntime)
    if !snapshots.isEmpty { _ = directory.listed(snapshots.flatMap(\.containers), at: 0) }
    return Pipeline(
      options: settings.enrichment,
      processes: tracker.map { .live($0) }
        ?? .snapshot(
          snapshots.first ?? NodeSnapshot(node: settings.node, time: nil, containers: [], processes: [:])),
      nodes: snapshots, directory: directory, store: store, output: output, recorder: recorder,
      counts: counts,
      clock: clock)
  }

  /// The memory of counts, which the last run may have left; nil if nothing is counted.
  func counts(_ mode: RunMode) throws -> AggregationMemory? {
    guard mode.isLive else { return settings.aggregation == nil ? nil : try AggregationMemory() }
    // A file is read again from its beginning, and its records are counted again.
    if case .file = settings.source { return try AggregationMemory() }
    return try SystemdNotifier.keeping(AggregationMemory.name, \.memory.descriptor) {
      AggregationMemory(inherited: $0)
    } create: {
      try AggregationMemory()
    } refuse: {
      log.warning("counts that the last run had not written are discarded: another version stored them")
    }
  }
}
