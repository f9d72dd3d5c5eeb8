package import Cgroups

/// Maps container IDs to names, and decides when to ask the runtime for missing ones.
///
/// This is a value that does no I/O: it says when the runtime must be asked, and receives the answer. Times are passed in, in
/// milliseconds of any monotonic clock.
package struct ContainerDirectory: Sendable {
  /// The result of looking up a container.
  package enum Lookup: Equatable, Sendable {
    case known(ContainerIdentity)
    /// The runtime is being asked: wait for `listed` or `expire`.
    case asking
    /// The runtime does not answer, or there is none.
    case noAnswer
    /// The runtime answers, but knows no container with this ID, or more than one.
    case notFound
  }

  /// How long a record waits for its container's names, and how often and how long the runtime is asked for them.
  package struct Policy: Sendable {
    /// For a runtime that answers. It lists a container before the container's first record, so an ID that is still missing
    /// after this time is not one of its containers.
    package var timeout: Int64 = 500
    /// For a runtime that does not answer.
    package var timeoutWithoutAnswer: Int64 = 2000
    /// The pause after a request without a result, doubled each time from the first to the last value.
    package var firstPause: Int64 = 20
    package var lastPause: Int64 = 10_000
    /// The longest pause before a request for new IDs. The records of a container can wait longer than this.
    package var lastPauseForNew: Int64 = 1000
    /// How long a removed container is remembered.
    package var remember: Int64 = 15 * 60 * 1000
    /// The maximum number of containers. The containers that were removed first are forgotten first.
    package var maxCount = 16_384
    /// The maximum number of IDs that wait for an answer or were not found. Of the latter, the oldest are forgotten first.
    package var maxMissing = 4096

    package init() {}
  }

  private struct Known: Sendable {
    var identity: ContainerIdentity
    /// When the runtime's list first lacked the container.
    var gone: Int64?
  }

  private var known: [ContainerID: Known] = [:]
  private var missing: MissingContainers
  private var schedule: QuestionSchedule
  /// Whether the last request was answered.
  private var answers = true
  /// When the last answered request was made. Its answer covers all IDs that had been seen by then.
  private var answeredAsked: Int64 = .min
  private var hasRuntime: Bool
  private let policy: Policy

  /// `hasRuntime` is false if there is no runtime to ask.
  package init(hasRuntime: Bool = true, policy: Policy = Policy()) {
    self.hasRuntime = hasRuntime
    self.policy = policy
    missing = MissingContainers(maxCount: policy.maxMissing)
    schedule = QuestionSchedule(
      first: policy.firstPause, longestForNew: policy.lastPauseForNew, longest: policy.lastPause)
  }

  package var count: Int { known.count }

  /// Sets whether there is a runtime from now on. It may be another one, so it is asked for all missing IDs again.
  package mutating func use(hasRuntime: Bool) {
    self.hasRuntime = hasRuntime
    schedule.restart(isMissing: hasRuntime && !missing.isEmpty)
  }

  /// Looks up a container's names. An unknown ID is added to the missing ones.
  package mutating func lookUp(_ id: ContainerID, at now: Int64) -> Lookup {
    if let entry = known[id] { return .known(entry.identity) }
    guard hasRuntime else { return .noAnswer }
    if let state = missing.state(of: id) {
      if state.isWaiting { return .asking }
      return isAnswered(since: state.since) ? .notFound : .noAnswer
    }
    schedule.addNew(at: now)
    // The ID cannot be stored, so no record waits for it, but the next answer may still contain it.
    guard missing.add(id, at: now) else { return answers ? .notFound : .noAnswer }
    return .asking
  }

  /// The names of an ID if they are known. An unknown ID causes no request.
  package func identity(of id: ContainerID) -> ContainerIdentity? { known[id]?.identity }

  /// Whether the runtime must be asked for its containers now. If so, it counts as asked.
  package mutating func shouldAsk(at now: Int64) -> Bool { hasRuntime && schedule.shouldAsk(at: now) }

  /// When `shouldAsk` or `expire` may next have a result; nil if nothing is missing.
  package var nextDeadline: Int64? {
    let question = hasRuntime ? schedule.next : nil
    guard let expiry else { return question }
    return min(question ?? .max, expiry)
  }

  /// Merges the runtime's list, and returns the IDs whose names have become known. The list says nothing about IDs that were
  /// first seen after the request. An ID with different names in the list has none: there is no way to know which ones are wrong.
  package mutating func listed(
    _ containers: [ContainerIdentity], asked: Int64 = .max, at now: Int64
  ) -> [ContainerID] {
    answers = true
    var present: [ContainerID: ContainerIdentity] = [:]
    present.reserveCapacity(containers.count)
    var disputed = Set<ContainerID>()
    for identity in containers {
      if let other = present.updateValue(identity, forKey: identity.id), other != identity {
        disputed.insert(identity.id)
      }
    }
    for id in disputed { known[id] = nil }
    var settled: [ContainerID] = []
    var hasNamed = false
    for identity in containers where !disputed.contains(identity.id) {
      known[identity.id] = Known(identity: identity)
      guard missing.state(of: identity.id) != nil else { continue }
      hasNamed = true
      if missing.remove(identity.id) { settled.append(identity.id) }
    }
    answeredAsked = max(answeredAsked, min(asked, now))
    for (id, entry) in known where entry.gone == nil && present[id] == nil {
      known[id]?.gone = now
    }
    forget(at: now)
    schedule.answered(hasNamed: hasNamed, isMissing: !missing.isEmpty)
    return settled
  }

  /// Notes that the runtime did not answer.
  package mutating func failed() {
    answers = false
    schedule.answered(hasNamed: false, isMissing: !missing.isEmpty)
  }

  /// Returns the IDs whose names did not become known in time. Their records wait no longer, and new records do not wait at all.
  /// The runtime is still asked for these IDs, at growing intervals.
  package mutating func expire(at now: Int64) -> [ContainerID] {
    var expired: [ContainerID] = []
    while let expiry, expiry <= now { expired.append(missing.giveUpOldest()) }
    return expired
  }

  /// When the records of the oldest ID with waiting records have waited long enough. No other ID expires earlier: IDs that an
  /// answer covers wait only for `timeout`, and are older than those that no answer covers.
  private var expiry: Int64? {
    missing.oldestWaitingSince.map { since in
      since + (isAnswered(since: since) ? policy.timeout : policy.timeoutWithoutAnswer)
    }
  }

  /// Whether an answer covers an ID that has been missing since `time`.
  private func isAnswered(since time: Int64) -> Bool { time <= answeredAsked }

  private mutating func forget(at now: Int64) {
    known = known.filter { entry in
      entry.value.gone.map { now - $0 < policy.remember } ?? true
    }
    if known.count > policy.maxCount {
      let excess = known.count - policy.maxCount
      let oldest = known.filter { $0.value.gone != nil }.sorted { $0.value.gone! < $1.value.gone! }
      for (id, _) in oldest.prefix(excess) { known[id] = nil }
    }
    // Missing IDs that were added as long ago are forgotten, too.
    missing.forget(before: now - policy.remember)
  }
}
