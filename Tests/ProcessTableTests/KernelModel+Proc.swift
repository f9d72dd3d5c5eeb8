import Cgroups
import ProcFS
import ProcessEvents

extension KernelModel {
  /// The next available event.
  func receiveEvent() -> ProcessEvent? { events.isEmpty ? nil : events.removeFirst() }

  /// All records from before this time have been read.
  var oldestRecord: Int64 { records.map(\.window.lowerBound).min() ?? time }

  func drainRecords() -> [Record] {
    defer { records = [] }
    return records
  }

  var all: [Int32] { processes.pids { _, _ in true } }

  /// Reads /proc, while other processes continue.
  func read(_ pid: Int32, _ scope: ProcessReading.Scope) -> ProcessReading {
    let asked = time
    if chance(3) { step() }
    guard let process = processes[pid] else {
      return ProcessReading(owner: nil, threads: 0, asked: asked...time)
    }
    noteRead(process, pid)
    if chance(3) { step() }
    let tick = 10 * Self.millisecond
    let isHidden = process.hasExited && hidesExited
    let cgroup = process.hasLeft ? .host(unit: nil) : process.owner
    guard scope == .everything || isHidden || process.hasLeft else {
      return ProcessReading(owner: cgroup, asked: asked...time)
    }
    return ProcessReading(
      owner: isHidden ? nil : cgroup,
      began: scope == .everything ? process.began / tick * tick : nil,
      parent: scope == .everything ? process.parent : nil, threads: process.lingers ? 2 : 1,
      isOver: process.hasExited && !process.lingers, namespace: namespace(of: pid, process),
      asked: asked...time)
  }

  private func namespace(of pid: Int32, _ process: Process) -> PIDNamespace? {
    guard nature.crosses, case .container = process.owner else { return nil }
    return PIDNamespace(
      level: process.namespace == 0 ? 1 : 2, isFirst: pid == 5 || pid == 6, pod: pod(of: process.owner))
  }

  /// The first and the last container belong to a pod with one PID namespace for all; the second has its own, the third the host's.
  private static let namespaces = Dictionary(
    uniqueKeysWithValues: zip(containers + [pause], [1, 2, 0, 1, 1]))

  func namespace(of container: ProcessOwner) -> Int {
    nature.crosses ? Self.namespaces[container]! : 0
  }

  private func pod(of container: ProcessOwner) -> Int { Self.namespaces[container]! }

  /// The same as `read`, for a reading that is applied at once.
  func lookUp(_ pid: Int32, _ scope: ProcessReading.Scope) -> ProcessReading {
    let reading = read(pid, scope)
    if reading.parent == processes[pid]?.parent { processes[pid]?.isSeenAsOrphan = true }
    // While events of this PID are pending, the process may be mistaken for the previous one.
    if case .container = reading.owner, let process = processes[pid], !process.hasExited,
      process.owner == reading.owner, !events.contains(where: { $0.pid == pid })
    {
      lives[process.number].knownSince = min(lives[process.number].knownSince, time)
    }
    return reading
  }
}
