package import AuditRecord
package import LogLines
package import Recordings

/// What was seen in many lines, as counts.
package struct Observations {
  package typealias Name = NamePool.Name

  /// What calls have in common that are counted together.
  package struct Key: Hashable, Sendable {
    package var owner: Owner
    package var containerID: Name
    package var executable: Name
    package var arch: Name
    package var number: Int64
    package var syscall: Name
    package var action: SeccompAction?
    package var runtime: Observation.Runtime?

    /// As few steps as possible, because each line is hashed.
    package func hash(into hasher: inout Hasher) {
      owner.hash(into: &hasher)
      hasher.combine(containerID.bits << 32 | executable.bits)
      hasher.combine(arch.bits << 32 | syscall.bits)
      hasher.combine(UInt64(bitPattern: number) ^ UInt64(action?.rawValue ?? 1) << 32)
    }
  }

  /// A container, as lines or recordings name it.
  package struct Owner: Hashable, Sendable {
    package var node: Name
    package var namespace: Name
    /// None for a recording, which is of all pods of its workload.
    package var pod: Name
    package var container: Name
    /// The image, if it is known.
    package var image: Name
    /// None for lines, which do not name it.
    package var workload = Name.none

    package func hash(into hasher: inout Hasher) {
      hasher.combine(node.bits << 32 | namespace.bits)
      hasher.combine(pod.bits << 32 | container.bits)
      hasher.combine(image.bits << 32 | workload.bits)
    }
  }

  /// How often calls were made, and when, in milliseconds since 1970; 0 if that is not known.
  package struct Tally: Sendable {
    package var count: UInt64
    package var first: Int64
    package var last: Int64
    /// How many instances made the calls of a recording; 0 for lines, which name their instance.
    package var instances: UInt64 = 0

    package init(count: UInt64 = 0, first: Int64 = 0, last: Int64 = 0) {
      (self.count, self.first, self.last) = (count, first, last)
    }

    package mutating func add(_ other: Tally) {
      count.addOrStop(other.count)
      if other.first > 0, first == 0 || other.first < first { first = other.first }
      last = max(last, other.last)
      instances.addOrStop(other.instances)
    }
  }

  /// Records that became no line.
  package struct Loss: Hashable, Sendable {
    package var node: Name
    package var place: Name
  }

  package internal(set) var reader: LineReader
  package internal(set) var calls: [Key: Tally] = [:]
  /// Calls of containers and processes whose owner is not known, by node.
  package private(set) var unresolved: [Name: UInt64] = [:]
  package private(set) var losses: [Loss: UInt64] = [:]
  /// Records that were left out, by container.
  package private(set) var suppressed: [Owner: UInt64] = [:]
  /// The recordings, by the owner of their calls.
  package internal(set) var recordings: [Owner: Recording] = [:]
  /// What lines would have to say of containers so that these could be selected.
  package private(set) var undecided: Set<Selection.Unknown> = []
  /// Lines that are records of the kernel's.
  package private(set) var records: UInt64 = 0
  /// Lines that are about something else.
  package private(set) var others: UInt64 = 0

  /// The number of a call that has no name and is counted with others.
  package static let otherNumbers: Int64 = -2

  private let selection: Selection
  private let selectsAll: Bool
  /// How many calls without a name are counted apart, for each container.
  private var unnamed: [Owner: Int] = [:]
  private var selected: [Owner: Bool] = [:]

  /// A limit, because lines may come from anywhere.
  static let maxCount = 1 << 20

  /// A process can make calls of any number. So many of each container are counted apart.
  private static let maxUnnamed = 64

  /// Counts calls of the selected containers. A process can choose the path of its executable, so these are kept only on request.
  package init(
    _ selection: Selection = Selection(), keepsExecutables: Bool = false, trust: OriginTrust = .kernel
  ) {
    self.selection = selection
    selectsAll = selection.isEmpty
    reader = LineReader(keepsExecutables: keepsExecutables, trust: trust)
  }

  /// The text of a name.
  package subscript(name: Name) -> String { reader.names[name] }

  /// Reads a line, and returns what it is. Profiles and recordings are left to the caller.
  package mutating func add(_ line: borrowing Span<UInt8>) throws(NamePool.Overflow) -> LineContent {
    let content = try reader.read(line)
    let observation = reader.observation
    let owner = Owner(
      node: observation.node, namespace: observation.namespace, pod: observation.pod,
      container: observation.container, image: observation.image)
    switch content {
    case .calls: try addCalls(observation, of: owner)
    case .loss:
      losses[Loss(node: observation.node, place: reader.place), default: 0].addOrStop(observation.count)
      guard losses.count < Self.maxCount else { throw NamePool.Overflow() }
    case .suppressed where isSelected(owner):
      suppressed[owner, default: 0].addOrStop(observation.count)
      guard suppressed.count < Self.maxCount else { throw NamePool.Overflow() }
    case .record: records += 1
    case .other: others += 1
    case .suppressed, .merged, .profile, .recording, .openObject: break
    }
    return content
  }

  private mutating func addCalls(
    _ observation: Observation, of owner: Owner
  ) throws(NamePool.Overflow) {
    if observation.isUnresolved { unresolved[observation.node, default: 0].addOrStop(observation.count) }
    guard isSelected(owner) else { return }
    var key = Key(
      owner: owner, containerID: observation.containerID, executable: observation.executable,
      arch: observation.arch, number: observation.number, syscall: observation.syscall,
      action: observation.action, runtime: observation.runtime)
    let tally = Tally(count: observation.count, first: observation.first, last: observation.last)
    if reader.listed.isEmpty {
      if key.syscall == .none, calls[key] == nil {
        if unnamed[owner, default: 0] < Self.maxUnnamed {
          unnamed[owner, default: 0] += 1
        } else {
          (key.number, key.arch) = (Self.otherNumbers, .none)
        }
      }
      calls[key, default: Tally()].add(tally)
    } else {
      for name in reader.listed {
        key.syscall = name
        calls[key, default: Tally()].add(tally)
      }
    }
    guard calls.count < Self.maxCount, unresolved.count < Self.maxCount else { throw NamePool.Overflow() }
  }

  /// Whether a container counts. Of a recording's pods only the workload's part of the name is known, and lines have no labels.
  mutating func isSelected(_ owner: Owner, labels: [String: String]? = nil) -> Bool {
    guard !selectsAll else { return true }
    // Recordings of one container may have different labels.
    if labels == nil, let known = selected[owner] { return known }
    var subject = Selection.Subject()
    subject.namespace = self[owner.namespace]
    subject.pod = self[owner.workload == .none ? owner.pod : owner.workload]
    (subject.container, subject.image) = (self[owner.container], self[owner.image])
    subject.labels = labels
    let (isSelected, unknown) = selection.decide(subject)
    if let unknown { undecided.insert(unknown) }
    if labels == nil, selected.count < Self.maxCount { selected[owner] = isSelected }
    return isSelected
  }
}

extension NamePool.Name {
  fileprivate var bits: UInt64 { UInt64(index) }
}
