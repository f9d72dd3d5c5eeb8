internal import BasicContainers
internal import Cgroups
internal import EnrichedLog

/// How many records of each container become lines in a second, where that is limited, and how many did not. Those of which it is not
/// known whose they are count together: else a container could make its records look like that.
struct RecordLimit: ~Copyable {
  /// Whose records count together.
  enum Key: Hashable {
    case container(ContainerID)
    case foreign(ForeignContainer)
    case unattributed
  }

  /// One container's second.
  struct Count {
    var owner: RenderedOwner
    var second: Int64 = .min
    var passed = 0
    var suppressed: UInt64 = 0
  }

  /// A second; nil for no limit.
  private let maxCount: Int?
  private var counts = UniqueArray<Count>()
  private var places: [Key: Int] = [:]
  /// The second in which records were suppressed that have not been reported.
  private var pending: Int64?

  init(maxCount: Int?) { self.maxCount = maxCount }

  /// Where records are counted; nil if they are not.
  mutating func place(
    of key: Key, owner: RenderedOwner
  ) -> Int? {
    guard maxCount != nil else { return nil }
    if let place = places[key] {
      counts[place].owner = owner
      return place
    }
    places[key] = counts.count
    counts.append(Count(owner: owner))
    return counts.count - 1
  }

  /// Whether one more record of a container may pass.
  mutating func passes(_ place: Int, second: Int64) -> Bool {
    guard let maxCount else { return true }
    if counts[place].second != second {
      counts[place].second = second
      counts[place].passed = 0
    }
    if counts[place].passed < maxCount {
      counts[place].passed += 1
      return true
    }
    counts[place].suppressed += 1
    pending = pending ?? second
    return false
  }

  /// Hands out what was suppressed before this second, container by container.
  mutating func take(before second: Int64, _ body: (Count) -> Void) {
    guard let pending, pending < second else { return }
    for place in 0..<counts.count where counts[place].suppressed > 0 {
      body(counts[place])
      counts[place].suppressed = 0
    }
    self.pending = nil
  }

  /// Forgets all containers' places, after all that was suppressed was handed out, and how many passed in other seconds than this.
  mutating func forgetOwners(at second: Int64) {
    var kept = UniqueArray<Count>()
    for (key, place) in places {
      if counts[place].second == second {
        places[key] = kept.count
        kept.append(counts[place])
      } else {
        places[key] = nil
      }
    }
    counts = kept
  }

  /// Whether something was suppressed that `take` has not handed out.
  var isPending: Bool { pending != nil }
}
