extension RecordPipeline {
  /// A snapshot for metrics.
  package var snapshot: MetricsSnapshot {
    var snapshot = MetricsSnapshot()
    snapshot.node = node
    snapshot.counters = counters
    tally?.copy(to: &snapshot)
    snapshot.parked = parked.count
    snapshot.containers = directory.count
    if let counts = recorder?.counts() { snapshot.recorder = counts }
    if let keys = aggregator?.countKeys() { snapshot.keys = keys }
    return snapshot
  }
}
