internal import Enrichment
internal import Snapshots

/// Which records are enriched.
enum RunMode {
  /// Those that this machine creates, until a signal ends the service.
  case live
  /// Those of logs. Their processes are those of the snapshot or, without one, those that run on this machine now.
  case replay(NodeSnapshot?)

  var isLive: Bool { if case .live = self { true } else { false } }

  var snapshot: NodeSnapshot? { if case .replay(let snapshot) = self { snapshot } else { nil } }
}
