internal import AuditRecord
internal import ContainerRuntime
internal import EnrichedLog
internal import ProcessTable

/// Whose a record is, as far as that is known now.
extension Pipeline {
  enum Finding {
    /// In `rendered`.
    case place(Int)
    case wait(ContainerID, Attribution?)
  }

  mutating func own(_ record: SeccompRecord, _ isSettled: inout Bool) -> Finding {
    switch attribute(record, &isSettled) {
    case .owner(let owner): return own(owner, areTimesKnown ? nil : .uncertain)
    case .inherited(let owner): return own(owner, .inherited)
    case .exited(let owner): return own(owner, .exited)
    case .unresolved(let reason): return .place(render(.unresolved(reason: reason.rawValue, nil)))
    }
  }

  private mutating func own(_ owner: ProcessOwner, _ attribution: Attribution?) -> Finding {
    switch owner {
    case .host(let unit): .place(render(.host(unit: unit, attribution)))
    case .container(let id): own(id, attribution)
    }
  }

  mutating func own(_ id: ContainerID, _ attribution: Attribution?) -> Finding {
    let pod = Pod(id: id, attribution: attribution)
    if let place = podPlaces[pod] { return .place(place) }
    switch directory.look(up: id, at: now.sinceBoot) {
    case .known(let identity):
      let place = render(.pod(identity, attribution))
      podPlaces[pod] = place
      return .place(place)
    case .asking: return .wait(id, attribution)
    case .noAnswer: return .place(render(withoutNames(id, answered: false)))
    case .notFound: return .place(render(withoutNames(id, answered: true)))
    }
  }

  func withoutNames(_ id: ContainerID, answered: Bool) -> Ownership {
    if case .snapshot = processes {
      return .unresolved(reason: ProcessTable.Unresolved.notInSnapshot.rawValue, id)
    }
    return answered ? .unresolved(reason: "unknown-container", id) : .noAnswer(id)
  }

  private func attribute(
    _ record: SeccompRecord, _ isSettled: inout Bool
  ) -> ProcessTable.Attribution {
    switch processes {
    case .snapshot(let snapshot):
      guard let process = snapshot.processes[record.pid] else {
        isSettled = true
        return .unresolved(.notInSnapshot)
      }
      isSettled = process.mayHaveMade(record.stamp)
      return isSettled ? .owner(process.owner) : .unresolved(.notInSnapshot)
    case .live(let tracker):
      return tracker.attribute(
        record.pid, stamp: record.stamp.epochMilliseconds, isSettled: &isSettled)
    }
  }

  /// False for a snapshot that says of no process when it ran.
  private var areTimesKnown: Bool {
    if case .snapshot(let snapshot) = processes { snapshot.time != nil } else { true }
  }

  mutating func render(_ ownership: Ownership) -> Int {
    if let place = places[ownership] { return place }
    var owner = RecordOwner()
    var outcome = Outcome.enriched
    var container: ContainerID?
    var isLimited = true
    switch ownership {
    case .host(let unit, let attribution):
      isLimited = false
      owner.unit = unit
      owner.attribution = attribution
      if hostProcesses == .drop { outcome = .dropped }
    case .pod(let identity, let attribution):
      container = identity.id
      owner.namespace = identity.namespace
      owner.pod = identity.pod
      owner.container = identity.container
      owner.podUID = identity.podUID
      owner.containerID = "\(identity.id)"
      owner.attribution = attribution
    case .noAnswer(let id):
      container = id
      owner.containerID = "\(id)"
      owner.attribution = .noCRI
      outcome = .unresolved
    case .unresolved(let reason, let id):
      container = id
      owner.containerID = id.map { "\($0)" }
      owner.attribution = .unresolved
      owner.reason = reason
      outcome = .unresolved
    }
    if owner.attribution == .uncertain { owner.reason = "no-times" }
    let bytes = format.render(owner)
    let names = RecordSeries.Owner(namespace: owner.namespace, pod: owner.pod, container: owner.container)
    rendered.append(
      Rendered(
        owner: bytes, outcome: outcome, limit: isLimited ? limitPlace(of: container, bytes) : nil,
        seriesOwner: series?.id(of: names) ?? 0, attribution: RecordSeries.place(of: owner.attribution),
        fields: journal?.render(owner)))
    places[ownership] = rendered.count - 1
    return rendered.count - 1
  }

  private mutating func limitPlace(of container: ContainerID?, _ owner: RecordFormat.RenderedOwner) -> Int? {
    guard container == nil else { return limit.place(of: container, owner: owner) }
    // They count together, whatever the reason of each.
    var nobody = RecordOwner()
    nobody.attribution = .unresolved
    return limit.place(of: nil, owner: format.render(nobody))
  }
}
