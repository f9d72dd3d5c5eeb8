internal import BasicContainers
internal import Cgroups
internal import EnrichedLog

/// Limits how many records per second of each container become lines, and counts those that do not. Unattributed records share one limit,
/// so a container cannot evade its own.
struct RecordLimit: ~Copyable {
  /// The owners that share one limit.
  enum Key: Hashable {
    case container(ContainerID)
    case foreign(ForeignContainer)
    case unattributed
  }

  /// The counts of one container in one second.
  struct Count {
    var owner: RenderedOwner
    var second: Int64 = .min
    var passed = 0
    var suppressed: UInt64 = 0
  }

  /// The maximum per second; nil for no limit.
  private let maxCount: Int?
  private var counts = UniqueArray<Count>()
  private var indices: [Key: Int] = [:]
  /// The second since which suppressed records have not been reported; nil if there are none.
  private var pending: Int64?

  init(maxCount: Int?) { self.maxCount = maxCount }

  /// The index of a container's counts; nil if there is no limit.
  mutating func index(
    of key: Key, owner: RenderedOwner
  ) -> Int? {
    guard maxCount != nil else { return nil }
    if let index = indices[key] {
      counts[index].owner = owner
      return index
    }
    indices[key] = counts.count
    counts.append(Count(owner: owner))
    return counts.count - 1
  }

  /// Counts a record and returns whether it is within the limit. One beyond it is suppressed.
  mutating func passes(_ index: Int, second: Int64) -> Bool {
    if hasSpace(index, second: second) { return true }
    counts[index].suppressed += 1
    pending = pending ?? second
    return false
  }

  /// Counts a record unless the limit is reached, and returns whether it is within the limit.
  mutating func hasSpace(_ index: Int, second: Int64) -> Bool {
    guard let maxCount else { return true }
    if counts[index].second != second {
      counts[index].second = second
      counts[index].passed = 0
    }
    if counts[index].passed < maxCount {
      counts[index].passed += 1
      return true
    }
    return false
  }

  /// Passes each container's count to `body` if records were suppressed before this second, and resets it.
  mutating func drainSuppressed(before second: Int64, _ body: (Count) -> Void) {
    guard let pending, pending < second else { return }
    for index in 0..<counts.count where counts[index].suppressed > 0 {
      body(counts[index])
      counts[index].suppressed = 0
    }
    self.pending = nil
  }

  /// Forgets all containers except those with records in this second. The counts of suppressed records must have been reported before.
  mutating func forgetOwners(at second: Int64) {
    var kept = UniqueArray<Count>()
    for (key, index) in indices {
      if counts[index].second == second {
        indices[key] = kept.count
        kept.append(counts[index])
      } else {
        indices[key] = nil
      }
    }
    counts = kept
  }

  /// Whether suppressed records have not been reported yet.
  var isPending: Bool { pending != nil }
}
