internal import Cgroups

/// The IDs that the runtime has not listed, oldest first. Records wait for some of them; the others have expired.
///
/// Each operation takes constant time on average, however many IDs there are, because IDs may be forged.
struct MissingContainers: Sendable {
  private struct State: Sendable {
    var since: Int64
    /// Whether records wait for the names of this ID.
    var isWaiting = true
  }

  private struct Entry: Sendable {
    var id: ContainerID
    var since: Int64
  }

  private var states: [ContainerID: State] = [:]
  /// In the order of addition. An entry is skipped if its ID is not missing any more, or was added again later.
  private var queue: [Entry] = []
  /// The index of the oldest entry, and of the oldest entry that records wait for.
  private var oldest = 0
  private var oldestWaiting = 0
  private let maxCount: Int

  /// Stores at most `maxCount` IDs.
  init(maxCount: Int) { self.maxCount = maxCount }

  var isEmpty: Bool { states.isEmpty }

  /// Since when an ID has been missing, and whether records wait for its names; nil if the ID is not stored.
  func state(of id: ContainerID) -> (since: Int64, isWaiting: Bool)? {
    states[id].map { ($0.since, $0.isWaiting) }
  }

  /// Adds an ID that is not stored yet. If the maximum is reached, it replaces the ID that expired first. Returns false if
  /// records wait for all stored IDs.
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

  /// Removes an ID that has become known. Returns whether records waited for its names.
  mutating func remove(_ id: ContainerID) -> Bool {
    let wasWaiting = states.removeValue(forKey: id)?.isWaiting ?? false
    advance()
    return wasWaiting
  }

  /// Removes the expired IDs that have been missing since before `time`.
  mutating func forget(before time: Int64) {
    while oldest < oldestWaiting, queue[oldest].since < time {
      states[queue[oldest].id] = nil
      advance()
    }
  }

  /// Since when the oldest ID with waiting records has been missing; nil if there is none.
  var oldestWaitingSince: Int64? {
    oldestWaiting < queue.count ? queue[oldestWaiting].since : nil
  }

  /// Marks the oldest ID with waiting records as expired, and returns it.
  mutating func giveUpOldest() -> ContainerID {
    let id = queue[oldestWaiting].id
    states[id]?.isWaiting = false
    advance()
    return id
  }

  /// Skips obsolete entries, and removes them once they are the majority.
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
