internal import ProcFS

/// Orphans of containers that systemd adopts before their parent's exit is reported.
///
/// The kernel gives a process's children a new parent just before it reports the exit. In between, an orphan can create siblings with
/// CLONE_PARENT, which are reported as children of systemd. Any other host process that adopts orphans is an ancestor of the container, so
/// it is known to start containers.
// See: do_exit() in kernel/exit.c
extension ProcessTable {
  /// The maximum number of parents that are read for one fork.
  private static let maxParents = 256

  /// Whether a process that may be in a container may have become a child of systemd by `time`, without its parent's exit being known.
  ///
  /// Call this for a child that could not be read itself. If a parent is seen running, that holds for all forks up to then.
  mutating func mayHaveAdoptedUnseen(by time: Int64, _ lookUp: Lookup) -> Bool {
    guard adoptionsSeenUntil < time, let adopter = latest[1] else { return false }
    var children: [Int32: [(pid: Int32, id: Int)]] = [:]
    func note(_ pid: Int32, _ process: Process) {
      // A reading may have shown its end, or the next process with its PID, before this fork's event was applied.
      guard process.covers(time), process.traits.contains(.isInTree), !isOfHost(process, and: adopter) else {
        return
      }
      let parent = process.isOpen ? currentParent(of: pid) : process.parent
      if parent > 1 { children[parent, default: []].append((pid, process.id)) }
    }
    for (pid, process) in latest { note(pid, process) }
    for (pid, processes) in former { for process in processes { note(pid, process) } }
    guard children.count <= Self.maxParents else { return true }
    var seen = Int64.max
    // Readings have effects, so their order must not depend on hashes, which differ in each run.
    for (parent, orphans) in children.sorted(by: { $0.key < $1.key }) {
      let known = latest[parent]
      let reading = lookUp(parent, .everything)
      apply(reading, of: parent)
      seen = min(seen, reading.asked.lowerBound)
      if let now = latest[parent], now.id == known?.id, hasChildrenStill(now, reading) { continue }
      for orphan in orphans {
        guard let process = latest[orphan.pid], process.id == orphan.id, process.isOpen else { return true }
        let reading = lookUp(orphan.pid, .everything)
        apply(reading, of: orphan.pid)
        guard let now = reading.parent, now > 1, isSame(process, reading) else { return true }
        seen = min(seen, reading.asked.lowerBound)
      }
    }
    if !children.isEmpty { adoptionsSeenUntil = seen }
    return false
  }

  /// Whether a process still has its children. If a process has several threads, the last one may be about to end; a process of a container
  /// can choose that moment.
  private func hasChildrenStill(_ process: Process, _ reading: ProcessReading) -> Bool {
    guard process.isOpen, let threads = reading.threads, threads > 0, !reading.isOver,
      isSame(process, reading)
    else { return false }
    return process.isOnHost || threads == 1
  }
}
