internal import AuditRecord
internal import Cgroups
internal import ContainerRuntime
internal import EnrichedLog
internal import ProcessTable
internal import Recorder

/// Resolution of a record's owner, as far as it is currently known.
extension RecordPipeline {
  mutating func findOwner(_ pid: Int32, _ made: AuditStamp, _ isSettled: inout Bool) -> Finding {
    switch attribute(pid, made, &isSettled) {
    case .owner(let owner): return findOwner(owner, areTimesKnown ? nil : .uncertain)
    case .inherited(let owner): return findOwner(owner, .inherited)
    case .exited(let owner): return findOwner(owner, .exited)
    case .unresolved(let reason): return .index(render(.unresolved(reason: reason.rawValue, nil)))
    }
  }

  private mutating func findOwner(_ owner: ProcessOwner, _ attribution: Attribution?) -> Finding {
    switch owner {
    case .host(let unit): .index(render(.host(unit: unit, attribution)))
    case .container(let id): findOwner(id, attribution)
    case .foreign(let container): .index(render(ownership(of: container, attribution)))
    }
  }

  /// If the runtime that serves the CRI knows the container, its names are used: the containers of cri-dockerd are also Docker's.
  private func ownership(of container: ForeignContainer, _ attribution: Attribution?) -> Ownership {
    guard let identity = ContainerID(container.id).flatMap({ directory.identity(of: $0) }) else {
      return .foreign(container, attribution)
    }
    return .pod(identity, attribution)
  }

  mutating func findOwner(_ id: ContainerID, _ attribution: Attribution?) -> Finding {
    let pod = Pod(id: id, attribution: attribution)
    if let index = podIndices[pod] { return .index(index) }
    switch directory.lookUp(id, at: now.sinceBoot) {
    case .known(let identity):
      let index = render(.pod(identity, attribution))
      podIndices[pod] = index
      return .index(index)
    case .asking: return .wait(id, attribution)
    case .noAnswer: return .index(render(withoutNames(id, answered: false)))
    case .notFound: return .index(render(withoutNames(id, answered: true)))
    }
  }

  func withoutNames(_ id: ContainerID, answered: Bool) -> Ownership {
    if case .snapshot = processes {
      return .unresolved(reason: ProcessTable.Unresolved.notInSnapshot.rawValue, id)
    }
    return answered ? .unresolved(reason: OwnerReason.unknownContainer.rawValue, id) : .noAnswer(id)
  }

  private func attribute(
    _ pid: Int32, _ made: AuditStamp, _ isSettled: inout Bool
  ) -> ProcessTable.Answer {
    switch processes {
    case .snapshot(let snapshot):
      guard made.epochMilliseconds <= snapshot.knownUntil, let process = snapshot.processes[pid] else {
        isSettled = true
        return .unresolved(.notInSnapshot)
      }
      isSettled = process.mayHaveMade(made)
      return isSettled ? .owner(process.owner) : .unresolved(.notInSnapshot)
    case .live(let tracker):
      return tracker.attribute(pid, stamp: made.epochMilliseconds, isSettled: &isSettled)
    }
  }

  /// False for a snapshot without process start times.
  private var areTimesKnown: Bool {
    if case .snapshot(let snapshot) = processes { snapshot.time != nil } else { true }
  }

  mutating func render(_ ownership: Ownership) -> Int {
    if let index = indices[ownership] { return index }
    var owner = RecordOwner()
    var outcome = Outcome.enriched
    // A selector says nothing about the host, and may mean a container that is not known.
    var isLine = lines != .none
    var recorded = Recorder.Target()
    var kind = RecordTally.OwnerKind.container
    // The key under which the owner's records are limited.
    var limited: RecordLimit.Key? = .unattributed
    switch ownership {
    case .host(let unit, let attribution):
      limited = nil
      kind = .host
      owner.unit = unit
      owner.attribution = attribution
      if hostProcesses == .drop { outcome = .dropped }
    case .foreign(let container, let attribution):
      limited = .foreign(container)
      owner.containerID = container.id
      owner.runtime = container.runtime.rawValue
      owner.attribution = attribution
    case .pod(let identity, let attribution):
      limited = .container(identity.id)
      kind = .pod
      owner.namespace = identity.namespace
      owner.pod = identity.pod
      owner.container = identity.container
      owner.podUID = identity.podUID
      owner.containerID = "\(identity.id)"
      owner.attribution = attribution
      isLine = lines.includes(identity)
      recorded = recorder?.target(of: identity, time: now.epochMilliseconds) ?? Recorder.Target()
    case .noAnswer(let id):
      limited = .container(id)
      owner.containerID = "\(id)"
      owner.attribution = .noCRI
      outcome = .unresolved
    case .unresolved(let reason, let id):
      if let id { limited = .container(id) } else { kind = .unknown }
      owner.containerID = id.map { "\($0)" }
      owner.attribution = .unresolved
      owner.reason = reason
      outcome = .unresolved
    case .uncertain(let uncertainty):
      kind = .unknown
      (owner.attribution, owner.reason) = (.uncertain, uncertainty.rawValue)
      outcome = .unresolved
    }
    // Nothing is suppressed of records that become no lines.
    if !isLine { limited = nil }
    if owner.attribution == .uncertain, owner.reason == nil { owner.reason = OwnerReason.noTimes.rawValue }
    let bytes = format.render(owner)
    recordOwners.append(owner)
    let names = RecordTally.Owner(namespace: owner.namespace, pod: owner.pod, container: owner.container)
    rendered.append(
      Rendered(
        owner: bytes, outcome: outcome, limit: limited.flatMap { limitIndex(of: $0, bytes) },
        tallyOwner: tally?.id(of: names) ?? 0, attribution: RecordTally.index(of: owner.attribution, kind),
        isLine: isLine, recorded: recorded))
    indices[ownership] = rendered.count - 1
    return rendered.count - 1
  }

  private mutating func limitIndex(of key: RecordLimit.Key, _ owner: RenderedOwner) -> Int? {
    guard key == .unattributed else { return limit.index(of: key, owner: owner) }
    // They share one limit, whatever the reason of each.
    var unattributed = RecordOwner()
    unattributed.attribution = .unresolved
    return limit.index(of: key, owner: format.render(unattributed))
  }
}
