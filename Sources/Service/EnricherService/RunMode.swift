internal import Enrichment
internal import Snapshots

/// Which records are enriched.
enum RunMode {
  /// Those that this machine creates, until a signal ends the service.
  case live
  /// Those of logs. Their processes are those of the snapshots or, without any, those that run on this machine now.
  case replay([NodeSnapshot])

  var isLive: Bool { if case .live = self { true } else { false } }

  var snapshots: [NodeSnapshot] { if case .replay(let snapshots) = self { snapshots } else { [] } }
}
