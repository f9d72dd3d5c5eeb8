internal import AuditRecord
internal import EnrichedLog
package import ObservedSyscalls
package import Recordings
internal import SeccompProfiles

/// What was seen, as recordings: these are smaller than lines, and can be merged with others.
package struct ObservedRecordings {
  /// The recordings among the inputs, and one of each container's lines on each node; sorted.
  package private(set) var recordings: [Recording] = []
  /// Containers of which there can be no recording, for their names are not known or not allowed in Kubernetes.
  package private(set) var refused: [String] = []

  /// A container of a workload on a node, as lines name them.
  private struct Place: Hashable {
    var node: NamePool.Name
    var path: [String]
  }

  fileprivate struct Lines {
    var calls: [Recording.Call: Recording.Tally] = [:]
    var instancesOfCalls: [Recording.Call: Set<RecordedContainer.Instance>] = [:]
    var instances: Set<RecordedContainer.Instance> = []
    var images: Set<String> = []
    /// Records of calls that a recording cannot have.
    var others: UInt64 = 0
    var total = Observations.Tally()
  }

  /// `now` is the time of recordings whose lines have none, in milliseconds since 1970.
  package init(_ observations: Observations, now: Int64) {
    var places: [Place: Lines] = [:]
    for (key, tally) in observations.calls where key.owner.workload == .none {
      guard let path = RecordedContainer.Grouping.workload.path(of: key.owner, observations) else { continue }
      places[Place(node: key.owner.node, path: path), default: Lines()].add(key, tally, observations)
    }
    var refused: Set<String> = []
    var made = Array(observations.recordings.values)
    for (place, lines) in places {
      guard let subject = RecordingSubject(path: place.path) else {
        refused.insert(place.path.map { $0.isEmpty ? "-" : $0 }.joined(separator: "/").escaped)
        continue
      }
      var recording = lines.recording(of: subject, now: now)
      recording.nodes = [observations[place.node]].filter(Self.isShort)
      recording.gaps.merge(Self.gaps(place, observations)) { $0.addingOrStopping($1) }
      made.append(recording)
    }
    self.refused = refused.sorted()
    recordings = made.sorted {
      ($0.subject.names + $0.nodes + [$0.line]).lexicographicallyPrecedes(
        $1.subject.names + $1.nodes + [$1.line])
    }
  }

  /// Whether a recording may have a text. Those of lines can be of any length.
  fileprivate static func isShort(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= Recording.Limit.text
  }

  /// What lines about losses say of a container. A node without a name may be any.
  private static func gaps(_ place: Place, _ observations: Observations) -> [Recording.Gap: UInt64] {
    func isOfNode(_ node: NamePool.Name) -> Bool {
      node == .none || place.node == .none || node == place.node
    }
    var gaps: [Recording.Gap: UInt64] = [:]
    for (loss, count) in observations.losses where isOfNode(loss.node) {
      let stage = observations[loss.place]
      // Without process events records are unresolved, which is counted by itself.
      guard stage != "connector" else { continue }
      gaps[Recording.Gap(name: stage) ?? .lost(at: "unknown"), default: 0].addOrStop(count)
    }
    for (owner, count) in observations.suppressed
    where owner.node == place.node
      && RecordedContainer.Grouping.workload.path(of: owner, observations) == place.path
    {
      gaps[.suppressed, default: 0].addOrStop(count)
    }
    for (node, count) in observations.unresolved where isOfNode(node) {
      gaps[.unresolved, default: 0].addOrStop(count)
    }
    return gaps
  }
}

extension ObservedRecordings.Lines {
  fileprivate mutating func add(
    _ key: Observations.Key, _ tally: Observations.Tally, _ observations: Observations
  ) {
    let instance = RecordedContainer.Instance(
      id: key.containerID, pod: key.owner.pod, container: key.owner.container)
    instances.insert(instance)
    let image = observations[key.owner.image]
    if ObservedRecordings.isShort(image) { images.insert(image) }
    total.add(tally)
    let (name, arch) = (observations[key.syscall], observations[key.arch])
    guard name.isEmpty ? key.number != Observations.otherNumbers : SyscallName.isValid(name),
      arch.isEmpty || ObservedRecordings.isShort(arch)
    else { return others.addOrStop(tally.count) }
    let call = Recording.Call(
      arch: arch, number: key.number, name: name, action: key.action, caller: SyscallCaller(key.runtime))
    calls[call, default: Recording.Tally()].add(
      Recording.Tally(records: tally.count, first: tally.first, last: tally.last))
    instancesOfCalls[call, default: []].insert(instance)
  }

  fileprivate func recording(of subject: RecordingSubject, now: Int64) -> Recording {
    var recording = Recording(of: subject, since: total.first > 0 ? total.first : now)
    recording.until = total.first > 0 ? max(total.first, total.last) : now
    recording.instances = UInt64(instances.count)
    recording.gaps[.lines] = UInt64(instances.count)
    for image in images.sorted() { recording.add(image: image) }
    for (call, tally) in calls.sorted(by: { $0.key < $1.key }) {
      var tally = tally
      tally.instances = UInt64(instancesOfCalls[call]?.count ?? 0)
      recording.add(tally, of: call)
    }
    if others > 0 {
      recording.others.addOrStop(others)
      recording.gaps[.otherCalls, default: 0].addOrStop(others)
    }
    return recording
  }
}

extension RecordingSubject {
  /// The subject of a path of namespace, workload and container; nil for another one.
  fileprivate init?(path: [String]) {
    guard path.count == 3 else { return nil }
    self.init(namespace: path[0], workload: path[1], container: path[2])
  }
}
