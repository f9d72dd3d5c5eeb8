import Cgroups
import ProcFS
import ProcessEvents
import ProcessTable

/// A process table, and the /proc that it reads.
struct ProcessTableFixture {
  var table: ProcessTable
  var owners: [Int32: ProcessOwner] = [:]
  var starts: [Int32: Int64] = [:]
  var threads: [Int32: Int] = [:]
  /// The parents that /proc shows.
  var parents: [Int32: Int32] = [:]
  var namespaces: [Int32: PIDNamespace] = [:]
  /// How often /proc was read for an event.
  private(set) var lookups = 0
  /// Processes that wait to be reaped.
  var zombies: Set<Int32> = []
  var time: Int64 = 1_000_000_000_000

  static let millisecond: Int64 = 1_000_000
  static let web = ProcessOwner.container(ContainerID(String(repeating: "ab", count: 32))!)
  static let db = ProcessOwner.container(ContainerID(String(repeating: "cd", count: 32))!)
  static let sshd = ProcessOwner.host(unit: "sshd.service")
  static let runtime = ProcessOwner.host(unit: "containerd.service")

  init(hasEventStream: Bool = true, maxCount: Int = 1000, maxEnded: Int = 1000) {
    table = ProcessTable(hasEventStream: hasEventStream, since: time, maxCount: maxCount, maxEnded: maxEnded)
  }

  /// These processes run when the events begin.
  init(running owners: [Int32: ProcessOwner], maxCount: Int = 1000, maxEnded: Int = 1000) {
    self.init(maxCount: maxCount, maxEnded: maxEnded)
    self.owners = owners
    scan()
  }

  private func lookUp(_ pid: Int32, _ scope: ProcessReading.Scope) -> ProcessReading {
    guard let owner = owners[pid] else { return ProcessReading(owner: nil, threads: 0, asked: time...time) }
    return ProcessReading(
      owner: owner, began: scope == .everything ? starts[pid, default: 0] : nil,
      parent: scope == .everything ? parents[pid] : nil,
      threads: scope == .everything ? threads[pid, default: 1] : nil,
      isOver: scope == .everything && zombies.contains(pid),
      namespace: scope == .everything ? namespaces[pid] : nil,
      asked: time...time)
  }

  /// Reports an event that happens a millisecond after the last one, some milliseconds later.
  mutating func report(_ kind: ProcessEvent.Kind, _ pid: Int32, after milliseconds: Int64 = 0) {
    time += Self.millisecond
    let event = ProcessEvent(kind, pid: pid, time: time)
    time += milliseconds * Self.millisecond
    var lookups = 0
    table.apply(event) { [fixture = self] pid, scope in
      lookups += 1
      return fixture.lookUp(pid, scope)
    }
    self.lookups += lookups
  }

  /// Reports several events together that happen a millisecond after each other.
  mutating func reportTogether(_ events: [(kind: ProcessEvent.Kind, pid: Int32)]) {
    let start = time
    time += Int64(events.count) * Self.millisecond
    var lookups = 0
    for (index, event) in events.enumerated() {
      let event = ProcessEvent(event.kind, pid: event.pid, time: start + Int64(index + 1) * Self.millisecond)
      table.apply(event) { [fixture = self] pid, scope in
        lookups += 1
        return fixture.lookUp(pid, scope)
      }
    }
    self.lookups += lookups
  }

  /// Creates a process that lives, at first with its parent's owner.
  mutating func fork(_ pid: Int32, from parent: Int32) {
    owners[pid] = owners[parent]
    starts[pid] = time + Self.millisecond
    report(.fork(parent: parent), pid)
  }

  mutating func exit(_ pid: Int32) {
    owners[pid] = nil
    report(.exit, pid)
  }

  mutating func recheck() { table.recheck(at: time, lookUp: lookUp) }

  /// Scans all processes. Other things may happen between reading and applying.
  mutating func scan(while happens: (inout ProcessTableFixture) -> Void = { _ in }) {
    let began = time
    let readings = owners.keys.sorted().map { ($0, lookUp($0, .everything)) }
    happens(&self)
    for (pid, reading) in readings { table.apply(reading, of: pid) }
    table.endScan(since: began, by: time)
  }

  /// The answer for a record that was made some milliseconds ago.
  mutating func record(of pid: Int32, before milliseconds: Int64 = 0) -> ProcessTable.Answer {
    let made = time - milliseconds * Self.millisecond
    let window = made - Self.millisecond / 4...made
    if table.needsLookup(for: pid, made: window) { table.lookUp(for: pid, lookUp) }
    return table.answer(pid, made: window)
  }
}

extension ProcessTableFixture {
  /// 5: the runtime. 6: the first process of a container. 7: a process of another container, which is in the host's PID namespace. Not
  /// scanned yet.
  static var withHostPIDContainer: ProcessTableFixture {
    var fixture = ProcessTableFixture()
    fixture.owners = [1: .host(unit: "init.scope"), 5: runtime, 6: web, 7: db]
    fixture.parents = [5: 1, 6: 5, 7: 5]
    fixture.namespaces = [6: MixedParentTests.first, 7: MixedParentTests.host]
    return fixture
  }

  /// The answer for the record of a child that ends before /proc can be read.
  mutating func shortLived(_ pid: Int32, from parent: Int32) -> ProcessTable.Answer {
    report(.fork(parent: parent), pid)
    report(.exit, pid)
    return record(of: pid, before: 1)
  }
}
