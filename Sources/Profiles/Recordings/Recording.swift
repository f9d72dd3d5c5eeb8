package import AuditRecord

/// What was seen of a container's syscalls: of all instances of the container in the pods of one workload, together.
///
/// It holds what a profile needs, and no records. Recordings of several nodes can be merged. See `Recording.json` for its text.
package struct Recording: Equatable, Sendable {
  /// What calls have in common that are counted together.
  package struct Call: Hashable, Sendable {
    /// libseccomp's name of the architecture.
    package var arch: String
    package var number: Int64
    /// Empty if the number has no name.
    package var name: String
    /// What the filter decided; nil for an action that this version does not know.
    package var action: SeccompAction?
    package var caller: SyscallCaller

    package init(arch: String, number: Int64, name: String, action: SeccompAction?, caller: SyscallCaller) {
      self.arch = arch
      self.number = number
      self.name = name
      self.action = action
      self.caller = caller
    }
  }

  /// How often equal calls were made, by how many instances, and when, in milliseconds since 1970.
  package struct Tally: Equatable, Sendable {
    package var records: UInt64
    package var instances: UInt64
    package var first: Int64
    package var last: Int64

    package init(records: UInt64 = 0, instances: UInt64 = 0, first: Int64 = 0, last: Int64 = 0) {
      self.records = records
      self.instances = instances
      self.first = first
      self.last = last
    }
  }

  /// One container between its start and its end.
  package struct Instance: Equatable, Sendable {
    /// The first digits of the container's ID.
    package var id: String
    /// Whether it was seen from its start, and nothing has been lost since that it may have done.
    package var isComplete: Bool
    /// When it was found to have ended, in milliseconds since 1970; nil while it may run.
    package var ended: Int64?

    package init(id: String, isComplete: Bool, ended: Int64? = nil) {
      self.id = id
      self.isComplete = isComplete
      self.ended = ended
    }
  }

  /// A filter under which calls were recorded.
  package struct Profile: Equatable, Sendable {
    /// What becomes of calls that the profile does not name, such as `SCMP_ACT_LOG`.
    package var defaultAction: String
    /// The names that are allowed and not logged, so that they cannot be recorded; sorted.
    package var allowed: [String]

    package init(defaultAction: String, allowed: [String]) {
      self.defaultAction = defaultAction
      self.allowed = allowed
    }
  }

  /// The limits of a recording. A container can make calls of any number, and be started any number of times.
  package enum Limit {
    package static let calls = 384
    package static let instances = 32
    package static let images = 8
    package static let runtimes = 8
    package static let labels = 32
    /// Names that a profile allows.
    package static let allowed = 1024
    /// Bytes of one text: longer than any name or image.
    package static let text = 1024
  }

  package var subject: RecordingSubject
  /// The kind of Kubernetes' object, such as `Deployment`; empty if it is not known.
  package var workloadKind = ""
  /// The nodes on which the container ran, sorted.
  package var nodes: [String] = []
  /// The container's images as the pods name them, the latest last.
  package var images: [String] = []
  /// The labels of the latest instance's pod, without those that differ from pod to pod.
  package var labels: [String: String] = [:]
  /// The container runtimes with their versions, such as `containerd 1.7.27`, the latest last.
  package var runtimes: [String] = []
  /// Whether instances could gain no privileges; both if they differ, none if that is not known.
  package var noNewPrivileges: Set<Bool> = []
  /// The filter of the latest instance, if it is known.
  package var profile: Profile?
  /// When the recording began, and when it last changed, in milliseconds since 1970.
  package var since: Int64
  package var until: Int64
  package var calls: [Call: Tally] = [:]
  /// Records of calls beyond `Limit.calls`.
  package var others: UInt64 = 0
  /// How many instances made calls.
  package var instances: UInt64 = 0
  /// The latest instances, oldest first.
  package var recent: [Instance] = []
  /// Whether an instance was complete that is no longer among the recent ones.
  package var hasCompleteInstance = false
  /// Why instances were not complete, with counts.
  package var gaps: [Gap: UInt64] = [:]

  package init(of subject: RecordingSubject, since: Int64) {
    self.subject = subject
    self.since = since
    until = since
  }

  /// Whether all calls of at least one instance were seen.
  package var isComplete: Bool { hasCompleteInstance || recent.contains(where: \.isComplete) }

  /// How many programs the runtime executed in running instances, as `kubectl exec` does: what it executed, without the starts.
  package var executions: UInt64 {
    let executed = calls.filter { $0.key.caller != .program && $0.key.name == "execve" }
      .values.reduce(UInt64(0)) { $0.addingOrStopping($1.records) }
    let unseen = (gaps[.startedBefore] ?? 0).addingOrStopping(gaps[.startUnseen] ?? 0)
    let starts = instances > unseen ? instances - unseen : 0
    return executed > starts ? executed - starts : 0
  }

  /// The number of different syscalls that have a name.
  package var syscalls: Int { Set(calls.keys.map(\.name)).subtracting([""]).count }

  /// When the last call was made that was new, in milliseconds since 1970; nil if there is none.
  package var lastNew: Int64? { calls.values.map(\.first).max() }

  /// Adds calls. Those that are new and exceed the limit are counted with others.
  package mutating func add(_ tally: Tally, of call: Call) {
    guard var known = calls[call] else {
      if calls.count < Limit.calls {
        calls[call] = tally
      } else {
        others.addOrStop(tally.records)
        gaps[.otherCalls, default: 0].addOrStop(tally.records)
      }
      return
    }
    known.add(tally)
    calls[call] = known
  }

  /// Adds an instance, and forgets the oldest one if there are too many.
  package mutating func add(_ instance: Instance) {
    instances.addOrStop(1)
    recent.append(instance)
    guard recent.count > Limit.instances else { return }
    if recent.removeFirst().isComplete { hasCompleteInstance = true }
  }

  /// Adds the image of an instance.
  package mutating func add(image: String) { Self.add(image, to: &images, maxCount: Limit.images) }

  /// Adds the runtime of an instance.
  package mutating func add(runtime: String) { Self.add(runtime, to: &runtimes, maxCount: Limit.runtimes) }

  /// Adds a text as the latest one.
  private static func add(_ text: String, to texts: inout [String], maxCount: Int) {
    guard !text.isEmpty, texts.last != text else { return }
    texts.removeAll { $0 == text }
    texts.append(text)
    if texts.count > maxCount { texts.removeFirst() }
  }
}

extension Recording.Tally {
  package mutating func add(_ other: Self) {
    records.addOrStop(other.records)
    instances.addOrStop(other.instances)
    if other.first > 0, first == 0 || other.first < first { first = other.first }
    last = max(last, other.last)
  }
}

extension [Recording] {
  /// Sorted by namespace, workload and container.
  package var sorted: [Recording] {
    sorted { $0.subject.names.lexicographicallyPrecedes($1.subject.names) }
  }
}
