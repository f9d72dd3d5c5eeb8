internal import Aggregation
internal import AuditRecord
internal import Cgroups
internal import ContainerRuntime
internal import EnrichedLog
internal import Recorder

/// The outcome for a record, after its owner has been resolved as far as possible.
enum Outcome {
  case enriched, unresolved, dropped
}

/// An owner, rendered for the output format.
struct Rendered {
  var owner: RenderedOwner
  var outcome: Outcome
  /// The index of the container's counts; nil if its records are not limited.
  var limit: Int?
  /// The owner's number in the tally, and the index of its attribution there.
  var tallyOwner: Int32
  var attribution: Int
  /// Whether `--lines` selects the owner. Otherwise its records are only counted.
  var isLine: Bool
  /// Where the owner's calls are recorded.
  var recorded = Recorder.Target()
  /// The owner of the counts that become one line.
  var counted = AggregationOwners.Reference()
}

/// A container with known names, and the attribution of its process.
struct Pod: Hashable {
  var id: ContainerID
  var attribution: Attribution?
}

/// Everything that determines the owner fields of a line.
enum Ownership: Hashable {
  case host(unit: String?, Attribution?)
  case foreign(ForeignContainer, Attribution?)
  case pod(ContainerIdentity, Attribution?)
  case noAnswer(ContainerID)
  case unresolved(reason: String, ContainerID?)
  /// The process of the record need not be the one that the record is about.
  case uncertain(ProcessUncertainty)
}

/// The result of resolving an owner: an owner, or a container whose names are pending.
enum Finding {
  /// An index in `rendered`.
  case index(Int)
  case wait(ContainerID, Attribution?)
}
