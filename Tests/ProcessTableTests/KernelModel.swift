import ProcessTable
import TestSupport

/// A small kernel: processes in cgroups, PIDs that come again soon, events and records that wait until they are read.
///
/// Everything that the table rests on holds here, and everything else is left to chance. It knows the truth of each record.
final class KernelModel {
  struct Record {
    var pid: Int32
    /// What a stamp tells of when it was made: this and not more.
    var window: ClosedRange<Int64>
    /// Which process made it, and whose that was then.
    fileprivate var maker: Int
    fileprivate var owner: ProcessOwner
  }

  private struct Process {
    let number: Int
    var owner: ProcessOwner
    var parent: Int32
    var began: Int64
    /// It told its end. Its other threads may go on.
    var hasExited = false
    var isStarter = false
    var hasMade = false
    /// How far below the starter it is.
    var depth = 0
  }

  private(set) var time: Int64 = 1_000_000_000_000
  private(set) var events: [ProcessEvent] = []
  private(set) var records: [Record] = []
  private var processes: [Int32: Process] = [:]
  /// Of each process ever, all that it belonged to: one that is moved into a container counts as the container's, also
  /// before that.
  private var owners: [Set<ProcessOwner>] = []
  private var random: SeededGenerator
  private var lastPID: Int32 = 10
  private let pids: Int32
  /// When the last process of each PID began, and how long it is until the next may.
  private var began: [Int32: Int64] = [:]
  private let rest: Int64
  /// Other threads go on when the first one has ended.
  private let lingers: Bool
  /// In cgroup v1 nothing is said of one that exits.
  private let hidesExited: Bool

  static let millisecond: Int64 = 1_000_000
  private static let starter: Int32 = 2
  private static let containers = "abcd".map { letter in
    ProcessOwner.container(ContainerID(String(repeating: letter, count: 64))!)
  }

  /// `rest`: milliseconds until a PID is used again. With 50, start times in hundredths of a second tell the two apart.
  init(seed: UInt64, lingers: Bool, rest: Int64) {
    self.rest = rest * Self.millisecond
    self.lingers = lingers
    random = SeededGenerator(seed: seed)
    pids = Int32.random(in: 20...60, using: &random)
    hidesExited = Bool.random(using: &random)
    add(1, .host(unit: "init.scope"), parent: 0)
    add(Self.starter, .host(unit: "containerd.service"), parent: 1)
    processes[Self.starter]?.isStarter = true
    add(3, .host(unit: "sshd.service"), parent: 1)
    // Whoever looks at all of it once sees who starts containers.
    add(4, Self.containers[0], parent: Self.starter)
  }

  private func add(_ pid: Int32, _ owner: ProcessOwner, parent: Int32) {
    owners.append([owner])
    processes[pid] = Process(
      number: owners.count - 1, owner: owner, parent: parent, began: time - 5_000_000_000)
  }

  func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

  // MARK: What happens

  /// Something happens, or nothing, and some time goes by.
  func step() {
    time += Int64.random(in: 1000...3 * Self.millisecond, using: &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<6: fork()
    case 6..<8: exec()
    case 8..<10: move()
    case 10..<14: exit()
    case 14..<16: reap()
    default: record()
    }
  }

  private func any(_ isFit: (Int32, Process) -> Bool) -> (Int32, Process)? {
    let fit = processes.filter { isFit($0.key, $0.value) }.sorted { $0.key < $1.key }
    return fit.randomElement(using: &random).map { ($0.key, $0.value) }
  }

  private func fork() {
    guard let (maker, about) = any({ !$1.hasExited && $1.depth < 4 }),
      let pid = (1..<pids).lazy.map({ [lastPID, pids] in 10 + (lastPID - 10 + $0) % pids })
        .first(where: { processes[$0] == nil && time - began[$0, default: .min / 2] >= rest })
    else { return }
    lastPID = pid
    began[pid] = time
    processes[maker]?.hasMade = true
    var child = Process(number: owners.count, owner: about.owner, parent: maker, began: time)
    child.isStarter = about.isStarter
    if case .host = about.owner {
      child.depth = about.isStarter ? about.depth + 1 : 0
      // CLONE_INTO_CGROUP, by those who start containers.
      if about.isStarter, chance(4) { child.owner = Self.containers.randomElement(using: &random)! }
    } else if processes[about.parent] != nil, about.parent > 1, chance(5) {
      // CLONE_PARENT: its maker's sibling.
      child.parent = about.parent
    }
    processes[pid] = child
    owners.append([child.owner])
    tell(.fork(parent: child.parent), pid)
  }

  private func exec() {
    if let (pid, _) = any({ !$1.hasExited && $0 > 4 }) { tell(.exec, pid) }
  }

  /// Into a container: what a starter made, and nothing that is in one or has made others.
  private func move() {
    let found = any { pid, process in
      guard case .host = process.owner else { return false }
      return pid > 4 && process.isStarter && !process.hasExited && !process.hasMade
    }
    guard let (pid, process) = found else { return }
    let container = Self.containers.randomElement(using: &random)!
    processes[pid]?.owner = container
    owners[process.number].insert(container)
  }

  private func exit() {
    guard let (pid, _) = any({ !$1.hasExited && $0 > 4 }) else { return }
    processes[pid]?.hasExited = true
    if lingers { tell(.threadFork, pid) }
    tell(.exit, pid)
    for (child, process) in processes where process.parent == pid {
      processes[child]?.parent = process.isStarter ? Self.starter : 1
    }
  }

  /// Its last thread is gone, and its parent has asked.
  private func reap() {
    guard let (pid, _) = any({ $1.hasExited && $0 > 4 }) else { return }
    processes[pid] = nil
    if lingers { tell(.threadExit, pid) }
  }

  private func tell(_ kind: ProcessEvent.Kind, _ pid: Int32) {
    events.append(ProcessEvent(kind, pid: pid, time: time))
  }

  private func record() {
    guard let (pid, process) = any({ [lingers] _, process in !process.hasExited || lingers }) else { return }
    let tick = 4 * Self.millisecond
    let stamp = time / tick * tick - (chance(5) ? tick : 0)
    records.append(
      Record(pid: pid, window: stamp...stamp + 2 * tick, maker: process.number, owner: process.owner))
  }

  // MARK: What can be read

  func takeEvents() -> [ProcessEvent] {
    defer { events = [] }
    return events
  }

  func takeRecords() -> [Record] {
    defer { records = [] }
    return records
  }

  /// Whether a record's process belonged to that.
  func isTrue(_ owner: ProcessOwner, of record: Record) -> Bool {
    if case .container = record.owner { return owner == record.owner }
    return owners[record.maker].contains(owner)
  }

  var all: [Int32] { processes.keys.sorted() }

  /// Looks into /proc, while things go on.
  func look(_ pid: Int32, _ withStart: Bool) -> ProcessReading {
    let asked = time
    if chance(3) { step() }
    guard let process = processes[pid] else {
      return ProcessReading(owner: nil, threads: 0, asked: asked...time)
    }
    if chance(3) { step() }
    let tick = 10 * Self.millisecond
    return ProcessReading(
      owner: process.hasExited && hidesExited ? nil : process.owner,
      began: withStart ? process.began / tick * tick : nil,
      parent: withStart ? process.parent : nil, threads: lingers ? 2 : 1, asked: asked...time)
  }
}
