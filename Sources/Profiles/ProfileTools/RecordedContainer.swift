internal import AuditRecord
internal import EnrichedLog
package import ObservedSyscalls
internal import Recordings

/// What was seen of one container, or of several that get a profile together.
package struct RecordedContainer {
  /// Which containers get a profile together.
  package enum Grouping: String, CaseIterable, Sendable {
    /// Those of one name in the pods of one workload.
    case workload
    /// Each container of each pod.
    case pod
    /// Those of one name in a namespace.
    case container
    /// All of an image.
    case image
    /// All of a namespace.
    case namespace
  }

  /// A syscall without a name.
  package struct Unnamed: Hashable, Sendable {
    package var arch: String
    package var number: Int64
  }

  /// One container between its start and its end, as far as lines tell.
  package struct Instance: Hashable, Sendable {
    var id: NamePool.Name
    var pod: NamePool.Name
    var container: NamePool.Name
  }

  /// The namespace, workload or pod, and container, as far as containers are told apart by them.
  package let path: [String]
  /// How many instances made a syscall: those that lines name, and those that recordings counted.
  package struct Coverage: Sendable {
    fileprivate(set) var instances: Set<Instance> = []
    fileprivate var recorded: [Observations.Owner: UInt64] = [:]

    package var count: UInt64 { recorded.values.reduce(UInt64(instances.count)) { $0.addingOrStopping($1) } }
  }

  /// Who made each syscall that was not blocked.
  package private(set) var seen: [String: Coverage] = [:]
  /// Those of them that not only the container's runtime made.
  package private(set) var seenOfProgram: Set<String> = []
  /// Syscalls that a filter refused or killed for.
  package private(set) var blocked: Set<String> = []
  package private(set) var unnamed: Set<Unnamed> = []
  package private(set) var architectures: Set<String> = []
  /// Those that lines name.
  private var instances: Set<Instance> = []
  /// Those that recordings counted.
  private var recordedInstances: UInt64 = 0
  package private(set) var runtimes: Set<Observation.Runtime> = []
  private var nodes: Set<NamePool.Name> = []
  /// The images that are known, as pods name them.
  package private(set) var images: Set<String> = []
  /// Names that the profiles of recordings allow and do not log, so that they cannot be among those that were seen.
  package private(set) var unlogged: Set<String> = []
  /// Whether instances of recordings could gain no privileges; both if they differ, none if that is not known.
  package private(set) var noNewPrivileges: Set<Bool> = []
  package private(set) var total = Observations.Tally()
  /// What makes the recording incomplete.
  package internal(set) var gaps: [String] = []

  /// How many instances were seen.
  package var instanceCount: UInt64 { recordedInstances.addingOrStopping(UInt64(instances.count)) }
  /// Whether all is from recordings, which say by themselves whether they are complete.
  package var isRecording: Bool { recordedInstances > 0 && instances.isEmpty && !hasLinesRecorded }
  private var hasLinesRecorded = false
  /// The nodes on which they were seen, as far as lines and recordings say so.
  package private(set) var nodeNames: Set<String> = []

  /// The names, such as `prod/web/app`.
  package var name: String { path.map { $0.isEmpty ? "-" : $0 }.joined(separator: "/") }
  /// The names for messages.
  package var printableName: String { name.escaped }

  private var namespaces: Set<NamePool.Name> = []
  /// The namespace, if it is known, and one.
  package private(set) var namespace: String?

  /// Nothing was seen yet.
  package init(path: [String]) { self.path = path }

  /// Finds the containers in what was seen, sorted by name, and the number of calls that belong to none.
  package static func find(
    in observations: Observations, by grouping: Grouping, includesBlocked: Bool = false
  ) -> (containers: [RecordedContainer], others: UInt64) {
    var containers: [[String]: RecordedContainer] = [:]
    var paths: [Observations.Owner: [String]] = [:]
    // Lines about what was left out have no image.
    var ofContainers: [Observations.Owner: Set<[String]>] = [:]
    var others = Observations.Tally()
    for (key, tally) in observations.calls {
      guard let path = paths[key.owner] ?? grouping.path(of: key.owner, observations) else {
        others.add(tally)
        continue
      }
      if paths.updateValue(path, forKey: key.owner) == nil {
        var owner = key.owner
        owner.image = .none
        ofContainers[owner, default: []].insert(path)
      }
      containers[path, default: RecordedContainer(path: path)]
        .add(key, tally, observations, includesBlocked: includesBlocked)
    }
    for (owner, recording) in observations.recordings {
      guard let path = paths[owner] ?? grouping.path(of: owner, observations) else { continue }
      containers[path, default: RecordedContainer(path: path)].add(recording)
    }
    var sorted = containers.values.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    for index in sorted.indices { sorted[index].findGaps(observations, ofContainers) }
    return (sorted, others.count)
  }

  private mutating func add(
    _ key: Observations.Key, _ tally: Observations.Tally, _ observations: Observations, includesBlocked: Bool
  ) {
    let isRecorded = key.owner.workload != .none
    let instance = Instance(id: key.containerID, pod: key.owner.pod, container: key.owner.container)
    let arch = observations[key.arch]
    let name = observations[key.syscall]
    if !isRecorded {
      instances.insert(instance)
      nodes.insert(key.owner.node)
      if key.owner.node != .none { nodeNames.insert(observations[key.owner.node]) }
    }
    if key.owner.image != .none { images.insert(observations[key.owner.image]) }
    total.add(tally)
    if let runtime = key.runtime { runtimes.insert(runtime) }
    if namespaces.insert(key.owner.namespace).inserted {
      let name = observations[key.owner.namespace]
      namespace = namespaces.count == 1 && !name.isEmpty ? name : nil
    }
    if !arch.isEmpty { architectures.insert(arch) }
    if name.isEmpty {
      unnamed.insert(Unnamed(arch: arch, number: key.number))
    } else if let action = key.action, action != .log, !includesBlocked {
      blocked.insert(name)
    } else {
      if isRecorded {
        // The calls of one name by several callers may be those of one instance.
        let known = seen[name, default: Coverage()].recorded[key.owner] ?? 0
        seen[name, default: Coverage()].recorded[key.owner] = max(known, tally.instances)
      } else {
        seen[name, default: Coverage()].instances.insert(instance)
      }
      if key.runtime == nil { seenOfProgram.insert(name) }
    }
  }

  private mutating func add(_ recording: Recording) {
    recordedInstances.addOrStop(recording.instances)
    nodeNames.formUnion(recording.nodes)
    unlogged.formUnion(recording.profile?.allowed ?? [])
    noNewPrivileges.formUnion(recording.noNewPrivileges)
    if recording.gaps[.lines] != nil { hasLinesRecorded = true }
    for text in recording.lossTexts where !gaps.contains(text) { gaps.append(text) }
  }

  private mutating func findGaps(
    _ observations: Observations, _ paths: [Observations.Owner: Set<[String]>]
  ) {
    // A node without a name may be any.
    func isOfNode(_ node: NamePool.Name) -> Bool {
      // Recordings have the losses of their nodes.
      !nodes.isEmpty && (node == .none || nodes.contains(node) || nodes.contains(.none))
    }
    var lost: [String: UInt64] = [:]
    for (loss, count) in observations.losses where isOfNode(loss.node) {
      let place = observations[loss.place]
      // Without process events records are unresolved, which is counted by itself.
      if place != "connector" { lost[place, default: 0] &+= count }
    }
    gaps += lost.sorted { $0.key < $1.key }.map { "\($0.value.counted("record")) lost (\($0.key.printable))" }
    let suppressed = observations.suppressed.filter { paths[$0.key]?.contains(path) == true }.values.reduce(
      0, &+)
    if suppressed > 0 { gaps.append("\(suppressed.counted("record")) suppressed") }
    let unresolved = observations.unresolved.filter { isOfNode($0.key) }.values.reduce(0, &+)
    if unresolved > 0 { gaps.append("\(unresolved.counted("record")) unresolved") }
  }
}

extension RecordedContainer.Grouping {
  /// The names by which containers are told apart; nil for calls of no container.
  func path(of owner: Observations.Owner, _ observations: Observations) -> [String]? {
    let (namespace, pod) = (observations[owner.namespace], observations[owner.pod])
    let container = observations[owner.container]
    guard !namespace.isEmpty || !pod.isEmpty || !container.isEmpty else { return nil }
    let workload = observations[owner.workload]
    return switch self {
    case .workload: [namespace, workload.isEmpty ? Workload.name(ofPod: pod) : workload, container]
    // A recording is of all pods of its workload.
    case .pod: [namespace, pod.isEmpty ? workload : pod, container]
    case .container: [namespace, container]
    case .image: owner.image == .none ? nil : [observations[owner.image]]
    case .namespace: [namespace]
    }
  }
}
