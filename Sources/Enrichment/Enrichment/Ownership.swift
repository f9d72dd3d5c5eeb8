internal import Cgroups
internal import ContainerRuntime
internal import EnrichedLog

/// What becomes of a record whose owner is known as far as it can be.
enum Outcome {
  case enriched, unresolved, dropped
}

/// An owner of records, rendered for the format.
struct Rendered {
  var owner: RenderedOwner
  var outcome: Outcome
  /// Where the container's records are counted, if they are limited.
  var limit: Int?
  /// Its number in the tally, and the index of its attribution there.
  var tallyOwner: Int32
  var attribution: Int
}

/// A container whose names are known, and how its process was found.
struct Pod: Hashable {
  var id: ContainerID
  var attribution: Attribution?
}

/// What a line's owner depends on.
enum Ownership: Hashable {
  case host(unit: String?, Attribution?)
  case foreign(ForeignContainer, Attribution?)
  case pod(ContainerIdentity, Attribution?)
  case noAnswer(ContainerID)
  case unresolved(reason: String, ContainerID?)
}

/// Whose a record is, or whose names it has to wait for.
enum Finding {
  /// In `rendered`.
  case place(Int)
  case wait(ContainerID, Attribution?)
}
