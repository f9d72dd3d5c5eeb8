internal import AuditRecord

extension Recording {
  /// Adds another recording of the same container.
  ///
  /// The later state of one recording replaces the earlier one, so it does no harm to have a recording twice. Those of several nodes are
  /// added.
  package mutating func merge(_ other: Recording) {
    guard !isEarlierState(of: other) else {
      self = other
      return
    }
    guard !other.isEarlierState(of: self) else { return }
    for (call, tally) in other.calls.sorted(by: { $0.key < $1.key }) { add(tally, of: call) }
    nodes = Set(nodes + other.nodes).sorted()
    for image in other.images { add(image: image) }
    for runtime in other.runtimes { add(runtime: runtime) }
    noNewPrivileges.formUnion(other.noNewPrivileges)
    if other.until > until {
      if !other.labels.isEmpty { labels = other.labels }
      profile = other.profile ?? profile
    } else {
      if labels.isEmpty { labels = other.labels }
      profile = profile ?? other.profile
    }
    if workloadKind != other.workloadKind { workloadKind = "" }
    since = min(since, other.since)
    until = max(until, other.until)
    others.addOrStop(other.others)
    instances.addOrStop(other.instances)
    hasCompleteInstance = isComplete || other.isComplete
    for (gap, count) in other.gaps { gaps[gap, default: 0].addOrStop(count) }
    // Which instances run is of use on their node only.
    recent = []
  }

  /// Whether the other one is the same recording at the same time or later.
  private func isEarlierState(of other: Recording) -> Bool {
    nodes == other.nodes && since == other.since && until <= other.until
  }
}

extension Recording.Call: Comparable {
  package static func < (one: Self, other: Self) -> Bool {
    one.order.lexicographicallyPrecedes(other.order)
  }

  /// By name, then by what tells calls of one name apart. Calls without a name are last, by number.
  private var order: [String] {
    [
      name.isEmpty ? "~" : name, arch, "\(UInt64(bitPattern: number))".leftPadded, "\(caller.name)",
      action.map { "\($0.name)" } ?? "",
    ]
  }
}

extension String {
  /// Digits that are ordered as their number is.
  fileprivate var leftPadded: String { String(repeating: "0", count: max(0, 20 - utf8.count)) + self }
}

/// Recordings by their container, merged.
package struct RecordingCollection: Sendable {
  private var recordings: [RecordingSubject: [Recording]] = [:]
  private var count = 0

  /// A limit, because recordings may come from anywhere.
  private static let maxCount = 1 << 16

  package init() {}

  /// More recordings than fit into memory.
  package struct Overflow: Error, CustomStringConvertible, Sendable {
    package var description: String {
      "the input has more than \(RecordingCollection.maxCount) recordings: select some of them, or read it in parts"
    }
  }

  /// Adds a recording, unless it is an earlier state of one that is there.
  package mutating func add(_ recording: Recording) throws(Overflow) {
    let others = recordings[recording.subject] ?? []
    if let index = others.firstIndex(where: { $0.nodes == recording.nodes && $0.since == recording.since }) {
      recordings[recording.subject]?[index].merge(recording)
      return
    }
    guard count < Self.maxCount else { throw Overflow() }
    count += 1
    recordings[recording.subject, default: []].append(recording)
  }

  /// All recordings: of each container those of several nodes, sorted.
  package var all: [Recording] {
    recordings.values.flatMap(\.self).sorted {
      ($0.subject.names + $0.nodes + ["\($0.since)"]).lexicographicallyPrecedes(
        $1.subject.names + $1.nodes + ["\($1.since)"])
    }
  }

  /// One recording of each container.
  package var merged: [Recording] {
    recordings.values.map { list in
      list.dropFirst().reduce(into: list[0]) { $0.merge($1) }
    }.sorted
  }
}
