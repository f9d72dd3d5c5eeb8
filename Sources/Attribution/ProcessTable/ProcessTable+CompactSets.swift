internal import Cgroups

/// Makes space in a full table: processes of the container that has the most processes move into a `CompactProcessSet`, so that the
/// processes of other owners stay known.
extension ProcessTable {
  /// The maximum number of compact sets. Each uses up to 512 KiB.
  private static let maxCompactSets = 16
  /// An owner's processes are moved only if it has more than this part of the table, which is one 64th.
  private static let minShare = 64

  /// Gives a process in a compact set an entry of its own, before an event or a reading is applied to it.
  mutating func expand(_ pid: Int32) {
    guard !compactSets.isEmpty, let index = compactSets.indices.first(where: { compactSets[$0].remove(pid) })
    else { return }
    let set = compactSets[index]
    if set.count == 0 { compactSets.remove(at: index) }
    // The process began before `since`, but when is unknown: older records of its PID may be of another process.
    var process = Process(id: newID(), parent: 0, began: set.since)
    process.owner = set.owner
    process.inherited = set.owner
    process.otherThreads = set.otherThreads
    insert(&process, pid: pid)
    noteNamespaceEntrant(pid)
  }

  /// Moves one process of the owner with the most processes into a compact set. Returns false if no owner has enough of them.
  ///
  /// Counting iterates over the whole table, but one count is enough for many calls.
  mutating func moveOneIntoCompactSet() -> Bool {
    if yielding.isEmpty {
      guard uncounted == 0 else {
        uncounted -= 1
        return false
      }
      count(of: &yielding)
      if yielding.isEmpty { uncounted = maxCount / Self.minShare }
    }
    while let pid = yielding.popLast() {
      guard let process = latest[pid], let owner = process.owner, mayYield(process, pid),
        let index = compactSet(of: owner, process.otherThreads)
      else { continue }
      latest[pid] = nil
      compactSets[index].insert(pid, at: max(lastEvent, process.began))
      return true
    }
    return false
  }

  /// Forgets all compact sets, because their processes may have ended.
  mutating func forgetCompactSets() {
    compactSets = []
    yielding = []
    uncounted = 0
  }

  /// Whether the owner of the process is certain, and nothing else is remembered of it.
  private func mayYield(_ process: Process, _ pid: Int32) -> Bool {
    process.isRunning && process.isInContainer && !process.wasOnHost && !process.isQueued
      && process.traits.isEmpty && process.otherThreads ?? 0 == 0 && former[pid] == nil
      && ProcessID.isPossible(pid)
  }

  private mutating func compactSet(of owner: OwnerNumber, _ otherThreads: Int32?) -> Int? {
    if let index = compactSets.firstIndex(where: { $0.owner == owner && $0.otherThreads == otherThreads }) {
      return index
    }
    guard compactSets.count < Self.maxCompactSets else { return nil }
    compactSets.append(CompactProcessSet(owner: owner, otherThreads: otherThreads))
    return compactSets.count - 1
  }

  /// Appends the PIDs of an eighth of the processes that may be moved, of the owner with the most of them.
  private func count(of pids: inout [Int32]) {
    var shares: [OwnerNumber: Int] = [:]
    // If several owners have the most, it is the one that is the first to reach that number here.
    var largest: OwnerNumber?
    var share = 0
    for (pid, process) in latest where mayYield(process, pid) {
      guard let owner = process.owner else { continue }
      shares[owner, default: 0] += 1
      if let count = shares[owner], count > share { (largest, share) = (owner, count) }
    }
    guard let owner = largest, share > max(1, maxCount / Self.minShare) else { return }
    for (pid, process) in latest where process.owner == owner && mayYield(process, pid) {
      pids.append(pid)
      if pids.count > share / 8 { return }
    }
  }
}
