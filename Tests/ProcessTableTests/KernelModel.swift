import Cgroups
import ProcessEvents
import TestSupport

/// A small kernel: processes in cgroups, PIDs that are soon used again, events and records that wait until they are read.
///
/// It obeys all rules that the table relies on, and leaves everything else to chance. It knows the true owner of each record.
final class KernelModel {
  /// How histories differ.
  struct Nature {
    /// The other threads of some processes run after the first one has ended.
    var lingers = false
    /// Milliseconds until a PID is used again. With 50, start times in hundredths of a second distinguish the two processes.
    var rest: Int64 = 0
    /// Processes are moved into containers even after they have created others.
    var movesLate = false
    /// Host processes are moved from one unit into another.
    var movesUnits = true
    /// Containers share PID namespaces or enter others, so that processes of other owners adopt orphans, which then create siblings.
    var crosses = false
    /// Host processes do the same. A later reading of such a process does not show that it was created elsewhere.
    var hostCrosses = false
    /// Processes leave their containers' cgroups.
    var leaves = false
    /// Unrelated events from different CPUs arrive in any order if little time is between them.
    var reorders = false
  }

  var time: Int64 = 1_000_000_000_000
  var events: [ProcessEvent] = []
  var records: [Record] = []
  var processes = Processes()
  /// All processes that there have been, by their numbers.
  var lives: [Life] = []
  /// Since this time all events are reported, and all earlier processes are known.
  var wholeSince: Int64 = .max
  /// The time of the last event that has been read.
  var reported: Int64 = .min
  /// Whether no events are reported.
  private(set) var isSilent = false
  var random: SeededGenerator
  let nature: Nature
  private var lastPID: Int32 = 10
  private let pids: Int32
  /// The start time of the last process of each PID.
  private var began: [Int64]
  /// With cgroup v1, /proc shows no owner of an exiting process.
  let hidesExited: Bool

  static let millisecond: Int64 = 1_000_000
  /// The maximum error of start times.
  static let startTimeTolerance = 30 * millisecond
  static let starter: Int32 = 2
  /// Processes up to this PID exist from the start and never end.
  static let lastPermanent: Int32 = 8
  static let containers = "abcd".map { letter in
    ProcessOwner.container(ContainerID(String(repeating: letter, count: 64))!)
  }
  static let pause = ProcessOwner.container(ContainerID(String(repeating: "e", count: 64))!)

  init(seed: UInt64, _ nature: Nature) {
    self.nature = nature
    random = SeededGenerator(seed: seed)
    pids = Int32.random(in: 20...60, using: &random)
    began = Array(repeating: .min / 2, count: Int(10 + pids))
    hidesExited = Bool.random(using: &random)
    add(1, .host(unit: "init.scope"), parent: 0)
    add(Self.starter, .host(unit: "containerd.service"), parent: 1, isStarter: true)
    add(3, .host(unit: "sshd.service"), parent: 1)
    // A scan of these processes shows which of them start containers.
    var owners: [Int32: ProcessOwner] = [4: Self.containers[0]]
    if nature.crosses {
      owners[5] = Self.pause
      owners[6] = Self.containers[1]
      owners[7] = Self.containers[2]
    }
    for (pid, owner) in owners.sorted(by: { $0.key < $1.key }) {
      add(pid, owner, parent: Self.starter)
      processes[pid]!.namespace = namespace(of: owner)
      processes[pid]!.isStarter = nature.crosses
      lives[processes[pid]!.number].knownSince = .min
    }
  }

  private func add(_ pid: Int32, _ owner: ProcessOwner, parent: Int32, isStarter: Bool = false) {
    var process = Process(
      number: lives.count, owner: owner, parent: parent, began: time - 5_000_000_000)
    process.isStarter = isStarter
    process.lingers = lingers()
    processes[pid] = process
    lives.append(Life(process, pid: pid))
  }

  /// Whether the other threads of a new process outlive the first. If a PID is used again at once, all do, because a late reading would be
  /// of the next process.
  private func lingers() -> Bool { nature.lingers && (nature.rest == 0 || !chance(3)) }

  func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

  // MARK: What happens

  /// Lets something happen, or nothing, and some time pass.
  func step() {
    time += Int64.random(in: 1000...3 * Self.millisecond, using: &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<6: fork()
    case 6..<8: exec()
    case 8..<10: if chance(4) { leave() } else { move() }
    case 10..<14: exit()
    case 14..<16: reap()
    default: record()
    }
  }

  func any(_ isFit: (Int32, Process) -> Bool) -> (Int32, Process)? {
    processes.pids(where: isFit).randomElement(using: &random).map { ($0, processes[$0]!) }
  }

  private func freePID() -> Int32? {
    (1..<pids).lazy.map { [lastPID, pids] in 10 + (lastPID - 10 + $0) % pids }
      .first { time - began[Int($0)] >= nature.rest * Self.millisecond && !processes.contains($0) }
  }

  private func fork() {
    guard let (creator, about) = any({ !$1.hasExited && $1.depth < 4 }), let pid = freePID() else { return }
    lastPID = pid
    began[Int(pid)] = time
    processes[creator]?.hasMade = true
    var child = Process(number: lives.count, owner: about.owner, parent: creator, began: time)
    child.hasLeft = about.hasLeft
    child.namespace = about.namespace
    child.isStarter = about.isStarter
    child.lingers = lingers()
    if about.isOnHost, about.namespace == 0 {
      child.depth = about.isStarter ? about.depth + 1 : 0
      // CLONE_INTO_CGROUP, by processes that start containers.
      if about.isStarter, chance(4) {
        child.owner = Self.containers.randomElement(using: &random)!
        child.namespace = namespace(of: child.owner)
      } else if nature.hostCrosses, !about.isStarter, chance(4) {
        // setns
        child.namespace = chance(2) ? 1 : 2
      }
    } else if mayMakeSiblings(creator, about), chance(nature.crosses ? 3 : 5) {
      // CLONE_PARENT: the child is its creator's sibling.
      child.parent = about.parent
    } else if nature.crosses, about.owner == Self.containers[2], about.namespace == 0, chance(3) {
      // setns
      child.namespace = chance(2) ? 1 : 2
    }
    processes[pid] = child
    lives.append(Life(child, pid: pid))
    noteMade(child, by: about)
    report(.fork(parent: child.parent), pid)
  }

  /// Whether a process may create siblings. Without shared PID namespaces, it may not if its parent is in another container. The first
  /// process of a namespace never does.
  private func mayMakeSiblings(_ pid: Int32, _ process: Process) -> Bool {
    guard pid > Self.lastPermanent, let parent = processes[process.parent] else { return false }
    guard !process.hasLeft else { return false }
    guard nature.crosses else {
      return process.parent > 1 && (parent.isOnHost || parent.owner == process.owner)
    }
    // An orphan of the host is known only by an earlier reading.
    return !process.isOnHost || process.isOrphan && process.isSeenAsOrphan
  }

  private func exec() {
    guard let (pid, _) = any({ !$1.hasExited && $0 > Self.lastPermanent }) else { return }
    processes[pid]?.executed = time
    report(.exec, pid)
  }

  /// Moves a child of a starter into a container, never a process that is in one.
  ///
  /// It is not moved while its exec event is pending, because a process that is found in a container then is assumed to have been there
  /// before.
  private func move() {
    let found = any { [nature, wholeSince, reported] pid, process in
      let mayHaveMade = nature.movesLate && process.began > wholeSince && process.executed <= reported
      return process.isOnHost && pid > Self.lastPermanent && process.isStarter && !process.hasExited
        && (mayHaveMade || !process.hasMade)
    }
    guard let (pid, process) = found else { return }
    let container = Self.containers.randomElement(using: &random)!
    processes[pid]?.owner = container
    processes[pid]?.namespace = namespace(of: container)
    lives[process.number].owners.insert(container)
  }

  private func record() {
    guard let (pid, process) = any({ !$1.hasExited || $1.lingers }) else {
      return
    }
    let tick = 4 * Self.millisecond
    let stamp = time / tick * tick - (chance(5) ? tick : 0)
    records.append(
      Record(
        pid: pid, window: stamp...stamp + 2 * tick, creator: process.number, owner: process.owner))
  }

  // MARK: Reported events

  func report(_ kind: ProcessEvent.Kind, _ pid: Int32) {
    guard !isSilent else { return }
    let event = ProcessEvent(kind, pid: pid, time: time)
    guard nature.reorders, let last = events.last, time - last.time < Self.millisecond, !event.concerns(last),
      chance(2)
    else { return events.append(event) }
    events.insert(event, at: events.count - 1)
  }

  /// Another program switches the events off, without notice.
  func loseStream() { isSilent = true }

  func restoreStream() { isSilent = false }
}

extension ProcessEvent {
  /// Whether both events concern the same process, or a parent and its child.
  fileprivate func concerns(_ other: ProcessEvent) -> Bool { !pids.isDisjoint(with: other.pids) }

  func isFork(of pid: Int32, at time: Int64) -> Bool {
    if case .fork = kind { self.pid == pid && self.time == time } else { false }
  }

  private var pids: Set<Int32> { if case .fork(let parent) = kind { [pid, parent] } else { [pid] } }
}
