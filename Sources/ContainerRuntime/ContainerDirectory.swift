public import ProcessTable

/// Container ID to names, and the policy of asking for those that are missing.
///
/// A value that does no I/O: it says when the runtime must be asked and is told the answer. Times are passed in, as
/// milliseconds of any clock that only goes forward.
public struct ContainerDirectory: Sendable {
  /// What is known of a container.
  public enum Lookup: Equatable, Sendable {
    case known(ContainerIdentity)
    /// The runtime is being asked: wait for `settled` or `expire`.
    case asking
    /// The runtime does not answer, or there is none.
    case noAnswer
    /// The runtime answers, and knows no such container, or calls more than one so.
    case notFound
  }

  /// How long a record waits for its container's names, and how often and long we ask for them.
  public struct Policy: Sendable {
    /// A runtime that answers has a container in its list before the first record of it: what is not there by
    /// then is none of its containers.
    public var patience: Int64 = 500
    /// For a runtime that does not answer.
    public var patienceWithoutAnswer: Int64 = 2000
    /// Between two questions in vain: doubled from the first to the last.
    public var firstPause: Int64 = 20
    public var lastPause: Int64 = 10_000
    /// How long a container that was removed is remembered.
    public var remember: Int64 = 15 * 60 * 1000
    /// Containers, at most; those that were removed first go first.
    public var most = 16_384
    /// IDs, at most, that wait for an answer or were not found. Cgroups are made by root alone.
    public var mostMissing = 4096

    public init() {}
  }

  private struct Known: Sendable {
    var identity: ContainerIdentity
    /// When a list first came without it.
    var gone: Int64?
  }

  private struct Missing: Sendable {
    var since: Int64
    var answered = false
    var gaveUp: Lookup?
    var pause: Int64
    var askAgain: Int64
  }

  private var known: [ContainerID: Known] = [:]
  private var missing: [ContainerID: Missing] = [:]
  /// Whether the last question was answered.
  private var answers = true
  private var hasRuntime: Bool
  private let policy: Policy

  /// `hasRuntime` is false where nobody can be asked.
  public init(hasRuntime: Bool = true, policy: Policy = Policy()) {
    self.hasRuntime = hasRuntime
    self.policy = policy
  }

  public var count: Int { known.count }

  /// Whether there is somebody to ask from now on, who may be another one: then all that is missing is asked for anew.
  public mutating func use(hasRuntime: Bool) {
    self.hasRuntime = hasRuntime
    for id in missing.keys {
      missing[id]?.askAgain = hasRuntime ? .min : .max
      missing[id]?.pause = policy.firstPause
    }
  }

  /// A container's names. An ID seen for the first time is put on the list of what is asked for.
  public mutating func look(up id: ContainerID, at now: Int64) -> Lookup {
    if let entry = known[id] { return .known(entry.identity) }
    guard hasRuntime else { return .noAnswer }
    if let entry = missing[id] { return entry.gaveUp ?? .asking }
    guard missing.count < policy.mostMissing else { return answers ? .notFound : .noAnswer }
    missing[id] = Missing(since: now, pause: policy.firstPause, askAgain: now)
    return .asking
  }

  /// Whether the runtime must be asked now for its containers. It then counts as asked.
  public mutating func shouldAsk(at now: Int64) -> Bool {
    var should = false
    for (id, entry) in missing where entry.askAgain <= now {
      should = true
      missing[id]?.askAgain = now + entry.pause
      missing[id]?.pause = min(entry.pause * 2, policy.lastPause)
    }
    return should
  }

  /// When `shouldAsk` or `expire` may next have something to say; nil if nothing is missing.
  public var nextDeadline: Int64? {
    missing.values.lazy.map { entry in
      entry.gaveUp == nil ? min(entry.askAgain, entry.since + patience(entry)) : entry.askAgain
    }.min()
  }

  /// Takes the runtime's list, and gives the IDs whose names have become known. It says nothing of those that were first
  /// seen after it had been asked for. An ID that it gives different names is nobody's: which ones are wrong cannot be told.
  public mutating func listed(
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
    for identity in containers where !disputed.contains(identity.id) {
      known[identity.id] = Known(identity: identity)
      if let entry = missing.removeValue(forKey: identity.id), entry.gaveUp == nil {
        settled.append(identity.id)
      }
    }
    for (id, entry) in missing where entry.since <= asked { missing[id]?.answered = true }
    for (id, entry) in known where entry.gone == nil && present[id] == nil {
      known[id]?.gone = now
    }
    forget(at: now)
    return settled
  }

  /// The runtime did not answer.
  public mutating func failed() { answers = false }

  /// Gives the IDs whose names did not become known in time: their records wait no longer, and new ones not at all.
  /// They are still asked for, ever more rarely.
  public mutating func expire(at now: Int64) -> [ContainerID] {
    var expired: [ContainerID] = []
    for (id, entry) in missing {
      if entry.gaveUp == nil, now >= entry.since + patience(entry) {
        missing[id]?.gaveUp = entry.answered ? .notFound : .noAnswer
        expired.append(id)
      } else if let gaveUp = entry.gaveUp, gaveUp == .noAnswer, entry.answered {
        missing[id]?.gaveUp = .notFound
      }
    }
    return expired
  }

  private func patience(_ entry: Missing) -> Int64 {
    entry.answered ? policy.patience : policy.patienceWithoutAnswer
  }

  private mutating func forget(at now: Int64) {
    known = known.filter { entry in
      entry.value.gone.map { now - $0 < policy.remember } ?? true
    }
    if known.count > policy.most {
      let excess = known.count - policy.most
      let oldest = known.filter { $0.value.gone != nil }.sorted { $0.value.gone! < $1.value.gone! }
      for (id, _) in oldest.prefix(excess) { known[id] = nil }
    }
    // What nobody has asked for in a long time is dropped with what is not there.
    missing = missing.filter { now - $0.value.since < policy.remember }
  }
}
