internal import Cgroups

/// The IDs that the runtime has not listed, oldest first: those that records wait for, and those that were given up.
///
/// Each operation takes constant time on average, however many there are: they may be made up.
struct MissingContainers: Sendable {
  private struct State: Sendable {
    var since: Int64
    /// Whether records wait for its names.
    var isWaiting = true
  }

  private struct Entry: Sendable {
    var id: ContainerID
    var since: Int64
  }

  private var states: [ContainerID: State] = [:]
  /// In the order in which they were added. An entry whose ID is not missing any more, or is again, is passed over.
  private var queue: [Entry] = []
  /// The index of the oldest one, and of the oldest one that records wait for.
  private var oldest = 0
  private var oldestWaiting = 0
  private let maxCount: Int

  /// Holds at most so many IDs.
  init(maxCount: Int) { self.maxCount = maxCount }

  var isEmpty: Bool { states.isEmpty }

  /// Since when an ID is missing, and whether records wait for its names; nil if it is not among these.
  func state(of id: ContainerID) -> (since: Int64, isWaiting: Bool)? {
    states[id].map { ($0.since, $0.isWaiting) }
  }

  /// Adds an ID that is not among these, in place of the one that was given up first if there are too many. False if records wait
  /// for all of them.
  mutating func add(_ id: ContainerID, at now: Int64) -> Bool {
    if states.count >= maxCount {
      advance()
      guard oldest < oldestWaiting else { return false }
      states[queue[oldest].id] = nil
    }
    states[id] = State(since: now)
    queue.append(Entry(id: id, since: now))
    advance()
    return true
  }

  /// Removes an ID, which has become known. Whether records waited for its names.
  mutating func remove(_ id: ContainerID) -> Bool {
    let wasWaiting = states.removeValue(forKey: id)?.isWaiting ?? false
    advance()
    return wasWaiting
  }

  /// Removes those that are missing for so long that they are forgotten.
  mutating func forget(before time: Int64) {
    while oldest < oldestWaiting, queue[oldest].since < time {
      states[queue[oldest].id] = nil
      advance()
    }
  }

  /// Since when the oldest one is missing that records wait for; nil if they wait for none.
  var oldestWaitingSince: Int64? {
    oldestWaiting < queue.count ? queue[oldestWaiting].since : nil
  }

  /// Records wait no more for the oldest one that they wait for.
  mutating func giveUpOldest() -> ContainerID {
    let id = queue[oldestWaiting].id
    states[id]?.isWaiting = false
    advance()
    return id
  }

  /// Passes over entries that do not count any more, and removes them where they are the greater part.
  private mutating func advance() {
    while oldestWaiting < queue.count, !isWaiting(queue[oldestWaiting]) { oldestWaiting += 1 }
    while oldest < oldestWaiting, states[queue[oldest].id]?.since != queue[oldest].since { oldest += 1 }
    guard queue.count > 2 * states.count + 64 else { return }
    queue = queue.filter { states[$0.id]?.since == $0.since }
    oldest = 0
    oldestWaiting = queue.firstIndex(where: isWaiting) ?? queue.count
  }

  private func isWaiting(_ entry: Entry) -> Bool {
    states[entry.id].map { $0.isWaiting && $0.since == entry.since } ?? false
  }
}
