package import ObservedSyscalls

/// Counts of records by one or several of their properties.
package struct Summary: Sendable {
  package enum Property: String, CaseIterable, Sendable {
    case container
    case syscall
    case executable
    case action
    case node

    /// The keys of the property.
    var keys: [String] { self == .container ? ["namespace", "pod", "container"] : [rawValue] }
  }

  /// The records whose values are equal.
  package struct Row: Equatable, Sendable {
    /// A value for each key; empty if it is not known, or if the records have none.
    package var values: [String]
    package var records: UInt64
    /// In milliseconds since 1970; 0 if it is not known.
    package var first: Int64 = 0
    package var last: Int64 = 0
    /// The stage at which records were lost, if the row counts those.
    package var lostAt: String?
  }

  package let keys: [String]
  /// Those of records, most records first, then those of losses.
  package private(set) var rows: [Row] = []
  package private(set) var containers = 0
  package private(set) var syscalls = 0
  /// The records that became lines.
  package private(set) var total = Observations.Tally()
  /// Records that became no line: those that were lost, and those that were left out as configured.
  package private(set) var lost: UInt64 = 0
  package private(set) var suppressed: UInt64 = 0

  package init(_ observations: Observations, by properties: [Property]) {
    keys = properties.flatMap(\.keys)
    var tallies: [[String]: Observations.Tally] = [:]
    var owners: Set<[String]> = []
    var names: Set<String> = []
    for (key, tally) in observations.calls {
      total.add(tally)
      let container = observations.containerValues(of: key.owner)
      if container.contains(where: { !$0.isEmpty }) { owners.insert(container) }
      let syscall = observations.syscallText(of: key)
      names.insert(syscall)
      let values = properties.flatMap { property in
        switch property {
        case .container: container
        case .syscall: [syscall]
        case .executable: [observations[key.executable]]
        case .action: [key.action.map { "\($0.name)" } ?? ""]
        case .node: [observations[key.owner.node]]
        }
      }
      tallies[values, default: Observations.Tally()].add(tally)
    }
    (containers, syscalls) = (owners.count, names.count)
    rows = tallies.map { values, tally in
      Row(values: values, records: tally.count, first: tally.first, last: tally.last)
    }.sorted {
      $0.records != $1.records ? $0.records > $1.records : $0.values.lexicographicallyPrecedes($1.values)
    }
    addLosses(observations, properties)
  }

  private mutating func addLosses(_ observations: Observations, _ properties: [Property]) {
    var tallies: [[String]: Observations.Tally] = [:]
    func add(_ count: UInt64, at place: String, node: String, container: [String]) {
      let values = properties.flatMap { property in
        switch property {
        case .container: container
        case .node: [node]
        default: [""]
        }
      }
      tallies[[place] + values, default: Observations.Tally()].add(Observations.Tally(count: count))
    }
    var lost = Observations.Tally()
    for (loss, count) in observations.losses {
      let place = observations[loss.place]
      // Process events are no records.
      guard place != "connector" else { continue }
      add(count, at: place, node: observations[loss.node], container: ["", "", ""])
      lost.add(Observations.Tally(count: count))
    }
    var suppressed = Observations.Tally()
    for (owner, count) in observations.suppressed {
      add(
        count, at: "suppressed", node: observations[owner.node],
        container: observations.containerValues(of: owner))
      suppressed.add(Observations.Tally(count: count))
    }
    (self.lost, self.suppressed) = (lost.count, suppressed.count)
    rows += tallies.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, tally in
      Row(values: Array(key.dropFirst()), records: tally.count, lostAt: key[0])
    }
  }
}

extension Observations {
  /// Of a recording, which is of all pods of a workload, the workload stands for the pod.
  fileprivate func containerValues(of owner: Owner) -> [String] {
    [
      self[owner.namespace], self[owner.workload == .none ? owner.pod : owner.workload],
      self[owner.container],
    ]
  }

  /// The syscall's name, or its number and architecture if it has none.
  fileprivate func syscallText(of key: Key) -> String {
    guard key.syscall == .none else { return self[key.syscall] }
    guard key.number != Self.otherNumbers else { return "(others)" }
    return "\(key.number) (\(self[key.arch]))"
  }
}
