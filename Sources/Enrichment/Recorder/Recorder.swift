internal import AuditRecord
internal import Cgroups
package import ContainerRuntime
internal import LinuxSystem
package import Recordings
internal import SyscallNames

/// Counts the calls of recorded containers. Owned by the thread that reads records.
///
/// A record needs a search in a small fixed table; only a call that is new there is work. What was counted is fetched with `drain`, and
/// becomes files elsewhere. See `RecorderMemory` for what a killed process leaves.
package struct Recorder: ~Copyable {
  struct Slot {
    var subject: RecordingSubject
    var kind: String
    /// How many cells are used.
    var used: Int
  }

  /// Bits of a container's state.
  enum State {
    static let started: UInt64 = 1
    static let startUnseen: UInt64 = 2
    /// It had started before the recorder began.
    static let startedBefore: UInt64 = 4
  }

  let memory: RecorderMemory
  /// Those of the memory. A record must not count references.
  let numbers: SharedNumbers
  private var choice: RecordingChoice
  var slots: [Int32: Slot] = [:]
  var indices: [RecordingSubject: Int32] = [:]
  var containers: [ContainerID: Int32] = [:]
  /// The recording of each container's entry.
  var slotOfContainer: [Int32: Int32] = [:]
  var freeContainers: [Int32] = []
  /// Recordings in files, whose containers need no space of others.
  var known: Set<RecordingSubject>
  private var refused: Set<RecordingSubject> = []
  var syscalls = SyscallTable()
  var pending = RecorderUpdate(time: 0)
  /// Calls that are new in a recording, or new for a container, since the last update.
  var firsts: [First] = []
  /// The slots with new calls.
  var newSlots: Set<Int32> = []
  /// Whether anything was counted since all recordings were drained.
  var hasCounts = false
  /// Whether something was lost since the last update.
  var hasLosses = false
  /// For each gap, the losses in the memory that the last update had. They stay there until the next one, by when they are in files.
  var reportedLosses = [UInt64](repeating: 0, count: RecorderMemory.gaps.count)
  /// When the next update is due, in milliseconds since boot; nil if nothing is pending.
  private var due: Int64?
  private var drainedAll: Int64
  /// The `arch=` of records whose index in the memory is `lastArchitecture`.
  var lastToken = UInt64.max
  var lastArchitecture: UInt32 = 0

  var newSyscalls: UInt64 = 0
  private var refusedCount: UInt64 = 0

  /// A call that was new at a time.
  struct First {
    var slot: Int32
    var key: CellKey
    /// In milliseconds since 1970.
    var time: Int64
    /// Whether the call was new in the recording, and not only for a container.
    var isNew: Bool
  }

  /// How long a new call waits for others, and other counts for more, in milliseconds.
  private static let pauseAfterNew: Int64 = 500
  private static let pause: Int64 = 60_000
  private static let maxRefused = 4096

  /// `known` are the recordings in files. What an earlier run has left in `memory` is in the first update.
  package init(
    _ choice: RecordingChoice, in memory: RecorderMemory, known: Set<RecordingSubject>, at now: Int64
  ) {
    self.memory = memory
    numbers = memory.memory.numbers
    self.choice = choice
    self.known = known
    drainedAll = now
    recoverSlots()
    recoverContainers()
    self.known.formUnion(indices.keys)
    // What an earlier run has left is written at once.
    if !slots.isEmpty { (hasCounts, drainedAll) = (true, .min / 2) }
  }

  /// The counts for metrics.
  package struct Counts: Equatable, Sendable {
    /// The number of recordings, in files or not yet.
    package var recordings = 0
    /// Syscalls that were new in a recording.
    package var newSyscalls: UInt64 = 0
    /// Containers that could not be recorded.
    package var refused: UInt64 = 0

    package init() {}
  }

  package func counts() -> Counts {
    var counts = Counts()
    counts.recordings = known.count
    counts.newSyscalls = newSyscalls
    counts.refused = refusedCount
    return counts
  }

  /// Changes which containers are recorded. `known` are recordings in files that have been read since. Of containers that run already
  /// the start was not recorded.
  package mutating func use(_ choice: RecordingChoice, known: Set<RecordingSubject>, time: Int64) {
    self.known.formUnion(known)
    guard choice != self.choice else { return }
    self.choice = choice
    memory.began = time
  }

  // MARK: Containers

  /// Where a container's records are to be counted. `time` is in milliseconds since 1970.
  package mutating func target(of identity: ContainerIdentity, time: Int64) -> Target {
    // A pod's sandbox has no container of the pod's.
    guard !identity.container.isEmpty, choice.includes(identity) else { return Target() }
    let workload = PodWorkload(of: identity)
    guard
      let subject = RecordingSubject(
        namespace: identity.namespace, workload: workload.name, container: identity.container)
    else {
      refuse()
      return Target()
    }
    guard let slot = slot(of: subject, kind: workload.kind) else {
      if refused.count < Self.maxRefused, refused.insert(subject).inserted { refuse() }
      return Target()
    }
    return Target(slot: slot, container: container(identity, subject, workload.kind, slot))
  }

  private mutating func refuse() {
    pending.refused += 1
    refusedCount += 1
  }

  private mutating func slot(of subject: RecordingSubject, kind: String) -> Int32? {
    if let index = indices[subject] { return index }
    guard known.contains(subject) || known.count < RecorderMemory.maxRecordings else { return nil }
    // No recording has two slots, so one is free.
    let index = Int32(slots.count)
    known.insert(subject)
    memory.clear(Int(index))
    memory.setSubject(of: Int(index), subject, kind: String(kind.prefix(32)))
    slots[index] = Slot(subject: subject, kind: kind, used: 0)
    indices[subject] = index
    return index
  }

  private mutating func container(
    _ identity: ContainerIdentity, _ subject: RecordingSubject, _ kind: String, _ slot: Int32
  ) -> Int32 {
    if let index = containers[identity.id] { return index }
    let isFromStart = identity.created > memory.began
    pending.containers.append(
      RecorderUpdate.Container(
        subject: subject, workloadKind: kind, id: identity.id.short, containerID: identity.id,
        image: identity.image, isFromStart: isFromStart))
    guard let index = freeContainers.popLast() else { return -1 }
    memory.setContainer(
      Int(index), identity.id, slot: Int(slot), state: isFromStart ? 0 : State.startedBefore)
    containers[identity.id] = index
    slotOfContainer[index] = slot
    return index
  }

  /// Notes which containers have ended: those that the runtime's list lacks, or calls so.
  package mutating func listed(_ list: [ContainerIdentity]) {
    guard !containers.isEmpty else { return }
    var running = Set<ContainerID>()
    for identity in list where !identity.hasExited { running.insert(identity.id) }
    for (id, index) in containers where !running.contains(id) {
      if let slot = slotOfContainer.removeValue(forKey: index).flatMap({ slots[$0] }) {
        pending.events.append(RecorderUpdate.Event(kind: .ended, subject: slot.subject, id: id.short))
      }
      memory.forgetContainer(Int(index))
      containers[id] = nil
      freeContainers.append(index)
    }
  }

  /// Counts records that a container may have caused, and that were lost or whose container is not known.
  package mutating func lose(_ count: UInt64, _ gap: Recording.Gap) {
    guard count > 0, let index = RecorderMemory.gaps.firstIndex(of: gap) else { return }
    memory.setLosses(index, memory.losses(index).addingOrStopping(count))
    hasLosses = true
  }

  // MARK: Updates

  /// Milliseconds until an update is due; nil if nothing has been counted.
  package mutating func wait(at now: Int64) -> Int64? {
    if !newSlots.isEmpty || !pending.isEmpty || hasLosses {
      due = min(due ?? .max, now + Self.pauseAfterNew)
    } else if hasCounts || reportedLosses.contains(where: { $0 > 0 }) {
      due = min(due ?? .max, max(now, drainedAll + Self.pause))
    }
    return due.map { max(0, $0 - now) }
  }

  /// What has been counted, if an update is due or `isEnd`. `time` is now in milliseconds since 1970, `now` since boot.
  package mutating func drain(at now: Int64, time: Int64, isEnd: Bool = false) -> RecorderUpdate? {
    guard isEnd || wait(at: now) == 0 else { return nil }
    let isAll = isEnd || hasCounts && now >= drainedAll + Self.pause
    var update = pending
    update.time = time
    update.losses = drainLosses()
    update.counts = counts(of: isAll ? Array(slots.keys) : Array(newSlots), at: time)
    pending = RecorderUpdate(time: 0)
    firsts.removeAll(keepingCapacity: true)
    newSlots.removeAll(keepingCapacity: true)
    if isAll || !hasCounts { (hasCounts, drainedAll) = (false, now) }
    due = nil
    return update.isEmpty ? nil : update
  }
}

extension ContainerID {
  /// As many digits as tools show.
  var short: String { String("\(self)".prefix(13)) }
}
