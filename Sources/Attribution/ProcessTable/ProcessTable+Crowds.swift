/// A full table: the container that has the most processes yields, so that those of others are known as ever.
extension ProcessTable {
  /// Crowds at most: each takes up to 512 KiB.
  private static let maxCrowds = 16
  /// Nobody yields who has less than this part of the table: that many owners share it.
  private static let minShare = 64

  /// Gives a process that stands in a crowd an entry of its own, before anything is applied to it.
  mutating func expand(_ pid: Int32) {
    guard !crowds.isEmpty, let index = crowds.indices.first(where: { crowds[$0].remove(pid) }) else { return }
    let crowd = crowds[index]
    if crowd.count == 0 { crowds.remove(at: index) }
    // It began before that, but when is not known: older records of its ID may be another's.
    var process = Process(id: newID(), parent: 0, began: crowd.since)
    process.owner = crowd.owner
    process.inherited = crowd.owner
    process.others = crowd.others
    insert(&process, pid: pid)
    noteEntrant(pid)
  }

  /// Moves one process of the owner with the most of them into its crowd; false if nobody has that many.
  ///
  /// Counting is a look at the whole table, but enough for many calls.
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

  /// What was known of them may be over.
  mutating func forgetCrowds() {
    crowds = []
    yielding = []
    uncounted = 0
  }

  /// One of whose owner there is no doubt, and of which nothing else is remembered.
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

  /// The process IDs of an eighth of those that may yield, of the owner with the most of them.
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
