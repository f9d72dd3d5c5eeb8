/// Makes space in a full table: processes of the container that has the most processes move into a `Crowd`, so that the processes of others
/// stay known.
extension ProcessTable {
  /// The maximum number of crowds. Each uses up to 512 KiB.
  private static let maxCrowds = 16
  /// An owner's processes are moved only if it has more than this part of the table, which is one 64th.
  private static let minShare = 64

  /// Gives a process in a crowd an entry of its own, before an event or a reading is applied to it.
  mutating func expand(_ pid: Int32) {
    guard !crowds.isEmpty, let index = crowds.indices.first(where: { crowds[$0].remove(pid) }) else { return }
    let crowd = crowds[index]
    if crowd.count == 0 { crowds.remove(at: index) }
    // The process began before `since`, but when is unknown: older records of its PID may be of another process.
    var process = Process(id: newID(), parent: 0, began: crowd.since)
    process.owner = crowd.owner
    process.inherited = crowd.owner
    process.others = crowd.others
    insert(&process, pid: pid)
    noteEntrant(pid)
  }

  /// Moves one process of the owner with the most processes into a crowd. Returns false if no owner has enough of them.
  ///
  /// Counting iterates over the whole table, but one count is enough for many calls.
  mutating func moveOneIntoCrowd() -> Bool {
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
        let index = crowd(of: owner, process.others)
      else { continue }
      latest[pid] = nil
      crowds[index].insert(pid, at: max(lastEvent, process.began))
      return true
    }
    return false
  }

  /// Forgets all crowds, because their processes may have ended.
  mutating func forgetCrowds() {
    crowds = []
    yielding = []
    uncounted = 0
  }

  /// Whether the owner of the process is certain, and nothing else is remembered of it.
  private func mayYield(_ process: Process, _ pid: Int32) -> Bool {
    process.isRunning && process.isInContainer && !process.wasOnHost && !process.isQueued
      && process.traits.isEmpty && process.others ?? 0 == 0 && former[pid] == nil && ProcessID.isPossible(pid)
  }

  private mutating func crowd(of owner: OwnerNumber, _ others: Int32?) -> Int? {
    if let index = crowds.firstIndex(where: { $0.owner == owner && $0.others == others }) {
      return index
    }
    guard crowds.count < Self.maxCrowds else { return nil }
    crowds.append(Crowd(owner: owner, others: others))
    return crowds.count - 1
  }

  /// Appends the PIDs of an eighth of the processes that may be moved, of the owner with the most of them.
  private func count(of pids: inout [Int32]) {
    var shares: [OwnerNumber: Int] = [:]
    for (pid, process) in latest where mayYield(process, pid) {
      if let owner = process.owner { shares[owner, default: 0] += 1 }
    }
    guard let (owner, share) = shares.max(by: { $0.value < $1.value }),
      share > max(1, maxCount / Self.minShare)
    else {
      return
    }
    for (pid, process) in latest where process.owner == owner && mayYield(process, pid) {
      pids.append(pid)
      if pids.count > share / 8 { return }
    }
  }
}
