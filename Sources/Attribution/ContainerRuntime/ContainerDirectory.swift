package import Cgroups

/// Container ID to names, and the policy of asking for those that are missing.
///
/// A value that does no I/O: it says when the runtime must be asked and is told the answer. Times are passed in, as
/// milliseconds of any clock that only goes forward.
package struct ContainerDirectory: Sendable {
  /// What is known of a container.
  package enum Lookup: Equatable, Sendable {
    case known(ContainerIdentity)
    /// The runtime is being asked: wait for `settled` or `expire`.
    case asking
    /// The runtime does not answer, or there is none.
    case noAnswer
    /// The runtime answers, and knows no such container, or calls more than one so.
    case notFound
  }

  /// How long a record waits for its container's names, and how often and long we ask for them.
  package struct Policy: Sendable {
    /// A runtime that answers has a container in its list before the first record of it: what is not there by
    /// then is none of its containers.
    package var timeout: Int64 = 500
    /// For a runtime that does not answer.
    package var timeoutWithoutAnswer: Int64 = 2000
    /// Between two questions in vain: doubled from the first to the last.
    package var firstPause: Int64 = 20
    package var lastPause: Int64 = 10_000
    /// Likewise before a question for IDs that are new. A container's records can wait longer.
    package var lastPauseForNew: Int64 = 1000
    /// How long a container that was removed is remembered.
    package var remember: Int64 = 15 * 60 * 1000
    /// Containers, at most; those that were removed first go first.
    package var maxCount = 16_384
    /// IDs, at most, that wait for an answer or were not found. Of those that were not found the oldest go first.
    package var maxMissing = 4096

    package init() {}
  }

  private struct Known: Sendable {
    var identity: ContainerIdentity
    /// When a list first came without it.
    var gone: Int64?
  }

  private var known: [ContainerID: Known] = [:]
  private var missing: MissingContainers
  private var schedule: QuestionSchedule
  /// Whether the last question was answered.
  private var answers = true
  /// When the last question was asked that was answered: it is about all IDs that had been seen by then.
  private var answeredAsked: Int64 = .min
  private var hasRuntime: Bool
  private let policy: Policy

  /// `hasRuntime` is false where nobody can be asked.
  package init(hasRuntime: Bool = true, policy: Policy = Policy()) {
    self.hasRuntime = hasRuntime
    self.policy = policy
    missing = MissingContainers(maxCount: policy.maxMissing)
    schedule = QuestionSchedule(
      first: policy.firstPause, longestForNew: policy.lastPauseForNew, longest: policy.lastPause)
  }

  package var count: Int { known.count }

  /// Whether there is somebody to ask from now on, who may be another one: then all that is missing is asked for anew.
  package mutating func use(hasRuntime: Bool) {
    self.hasRuntime = hasRuntime
    schedule.restart(isMissing: hasRuntime && !missing.isEmpty)
  }

  /// A container's names. An ID seen for the first time is put on the list of what is asked for.
  package mutating func lookUp(_ id: ContainerID, at now: Int64) -> Lookup {
    if let entry = known[id] { return .known(entry.identity) }
    guard hasRuntime else { return .noAnswer }
    if let state = missing.state(of: id) {
      if state.isWaiting { return .asking }
      return isAnswered(since: state.since) ? .notFound : .noAnswer
    }
    schedule.addNew(at: now)
    // An answer names it all the same.
    guard missing.add(id, at: now) else { return answers ? .notFound : .noAnswer }
    return .asking
  }

  /// The names of an ID that need not be one of the runtime's containers, if it is: nothing is asked for it.
  package func identity(of id: ContainerID) -> ContainerIdentity? { known[id]?.identity }

  /// Whether the runtime must be asked now for its containers. It then counts as asked.
  package mutating func shouldAsk(at now: Int64) -> Bool { hasRuntime && schedule.shouldAsk(at: now) }

  /// When `shouldAsk` or `expire` may next have something to say; nil if nothing is missing.
  package var nextDeadline: Int64? {
    let question = hasRuntime ? schedule.next : nil
    guard let expiry else { return question }
    return min(question ?? .max, expiry)
  }

  /// Takes the runtime's list, and gives the IDs whose names have become known. It says nothing of those that were first
  /// seen after it had been asked for. An ID that it gives different names is nobody's: which ones are wrong cannot be told.
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

  /// The runtime did not answer.
  package mutating func failed() {
    answers = false
    schedule.answered(hasNamed: false, isMissing: !missing.isEmpty)
  }

  /// Gives the IDs whose names did not become known in time: their records wait no longer, and new ones not at all.
  /// They are still asked for, ever more rarely.
  package mutating func expire(at now: Int64) -> [ContainerID] {
    var expired: [ContainerID] = []
    while let expiry, expiry <= now { expired.append(missing.giveUpOldest()) }
    return expired
  }

  /// When records have waited long enough for the oldest ID that they wait for. No other one is due before it: those that an answer is
  /// about, and wait no longer than `timeout`, are older than those that none is about.
  private var expiry: Int64? {
    missing.oldestWaitingSince.map { since in
      since + (isAnswered(since: since) ? policy.timeout : policy.timeoutWithoutAnswer)
    }
  }

  /// Whether an answer is about an ID that is missing since a time.
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
    // What nobody has asked for in a long time is dropped with what is not there.
    missing.forget(before: now - policy.remember)
  }
}
