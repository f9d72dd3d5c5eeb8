internal import AuditRecord
internal import ContainerRuntime
package import Recordings

/// The recordings of a node, with what a recorder counts. This is a value that does no I/O; times are in milliseconds since 1970.
package struct RecordingBook: Sendable {
  package private(set) var recordings: [RecordingSubject: Recording] = [:]
  /// Recordings that have changed since `drainChanges`; those with something new, and those with counts only.
  private var new: Set<RecordingSubject> = []
  private var counted: Set<RecordingSubject> = []
  /// Containers that were found in this run, whose start may still be reported, and that have lost nothing since.
  private var starting: Set<String> = []
  private let node: String

  /// How long after a container's end a loss may still be reported that was one of its records, in milliseconds.
  private static let lossDelay: Int64 = 2000

  /// Begins with the recordings in files. Unless nothing was lost since they were written, containers that ran then are incomplete.
  package init(_ recordings: [Recording], node: String, hasMemory: Bool, at time: Int64) {
    self.node = node
    for var recording in recordings {
      let isOpen = recording.recent.contains { $0.ended == nil }
      if !hasMemory, isOpen {
        for index in recording.recent.indices where recording.recent[index].ended == nil {
          recording.recent[index].isComplete = false
          recording.recent[index].ended = time
        }
        recording.gaps[.restart, default: 0].addOrStop(1)
        new.insert(recording.subject)
      }
      self.recordings[recording.subject] = recording
    }
  }

  /// How many recordings are complete.
  package var completeCount: Int { recordings.values.count(where: \.isComplete) }

  /// The recordings with something new since the last call.
  package mutating func drainNew() -> [Recording] {
    defer { new = [] }
    counted.subtract(new)
    return new.compactMap { recordings[$0] }
  }

  /// The recordings that have changed in any way since the last call.
  package mutating func drainAll() -> [Recording] {
    defer { (new, counted) = ([], []) }
    return new.union(counted).compactMap { recordings[$0] }
  }

  /// Whether some recordings have counts only since the last call of `drainAll`.
  package var hasCounts: Bool { !counted.isEmpty }

  /// Notes that a recording could not be written.
  package mutating func retry(_ subject: RecordingSubject) { new.insert(subject) }

  package mutating func apply(_ update: RecorderUpdate) {
    for container in update.containers { add(container, at: update.time) }
    for event in update.events { apply(event, at: update.time) }
    for count in update.counts { add(count, at: update.time) }
    if !update.losses.isEmpty { lose(update.losses, at: update.time) }
  }

  /// Adds what the runtime reports of a container.
  package mutating func describe(_ description: RecorderUpdate.Description, at time: Int64) {
    var recording = recordings[description.subject] ?? Recording(of: description.subject, since: time)
    let before = recording
    recording.add(runtime: description.runtime)
    if let labels = description.report.labels { recording.labels = PodWorkload.common(labels) }
    recording.noNewPrivileges.insert(description.report.security.noNewPrivileges)
    if let filter = description.report.security.filter {
      recording.profile = Recording.Profile(defaultAction: filter.defaultAction, allowed: filter.allowed)
    }
    guard recording != before else { return }
    change(description.subject, at: time, isNew: true) { known in
      let nodes = known.nodes
      known = recording
      known.nodes = nodes
    }
  }

  private mutating func change(
    _ subject: RecordingSubject, at time: Int64, isNew: Bool, _ body: (inout Recording) -> Void
  ) {
    var recording = recordings[subject] ?? Recording(of: subject, since: time)
    if !recording.nodes.contains(node) { recording.nodes = (recording.nodes + [node]).sorted() }
    body(&recording)
    recording.until = max(recording.until, time)
    recordings[subject] = recording
    if isNew { new.insert(subject) } else { counted.insert(subject) }
  }

  private mutating func add(_ container: RecorderUpdate.Container, at time: Int64) {
    if let known = recordings[container.subject]?.recent.last(where: { $0.id == container.id }) {
      // The runtime's list had lacked it.
      guard known.ended != nil else { return }
    }
    var isNew = false
    change(container.subject, at: time, isNew: true) { recording in
      recording.workloadKind = container.workloadKind
      recording.add(image: container.image)
      if let index = recording.recent.lastIndex(where: { $0.id == container.id }) {
        recording.recent[index].ended = nil
        return
      }
      recording.add(Recording.Instance(id: container.id, isComplete: false))
      isNew = true
      if !container.isFromStart { recording.gaps[.startedBefore, default: 0].addOrStop(1) }
    }
    if isNew { starting.insert(container.id) }
  }

  private mutating func apply(_ event: RecorderUpdate.Event, at time: Int64) {
    // Events of an earlier run may come again.
    let isStarting = starting.remove(event.id) != nil
    change(event.subject, at: time, isNew: true) { recording in
      guard let index = recording.recent.lastIndex(where: { $0.id == event.id }) else { return }
      switch event.kind {
      case .started: if isStarting { recording.recent[index].isComplete = true }
      case .startUnseen: if isStarting { recording.gaps[.startUnseen, default: 0].addOrStop(1) }
      case .ended: recording.recent[index].ended = time
      }
    }
  }

  private mutating func add(_ count: RecorderUpdate.Count, at time: Int64) {
    let known = count.call.map { recordings[count.subject]?.calls[$0] != nil } ?? true
    change(count.subject, at: time, isNew: !known) { recording in
      guard let call = count.call else {
        recording.others.addOrStop(count.tally.records)
        recording.gaps[.otherCalls, default: 0].addOrStop(count.tally.records)
        return
      }
      var tally = count.tally
      if known {
        tally.first = 0
      } else {
        // Of a call that an earlier run has counted, the time is not known any more.
        if tally.first == 0 { tally.first = time }
        tally.records = max(1, tally.records)
        tally.instances = max(1, tally.instances)
      }
      recording.add(tally, of: call)
    }
  }

  /// Whatever was lost may have been of any container that runs, or has just ended.
  private mutating func lose(_ losses: [Recording.Gap: UInt64], at time: Int64) {
    for (subject, recording) in recordings {
      func isConcerned(_ instance: Recording.Instance) -> Bool {
        instance.ended.map { $0 + Self.lossDelay > time } ?? true
      }
      guard recording.recent.contains(where: isConcerned) else { continue }
      change(subject, at: time, isNew: false) { recording in
        for index in recording.recent.indices where isConcerned(recording.recent[index]) {
          recording.recent[index].isComplete = false
        }
        for (gap, count) in losses { recording.gaps[gap, default: 0].addOrStop(count) }
      }
      for instance in recording.recent { starting.remove(instance.id) }
    }
  }
}
