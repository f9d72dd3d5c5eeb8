internal import ProcFS

/// Orphans of containers that systemd has adopted before their parent's exit is reported.
///
/// The kernel gives children away just before that report. Meanwhile an orphan can make siblings with CLONE_PARENT, which are children of
/// systemd for all that is reported. Other processes of the host that adopt are above the container, so they start containers.
// See: do_exit() in kernel/exit.c
extension ProcessTable {
  /// How many parents are looked at for one fork.
  private static let maxParents = 256

  /// Whether a process that may be in a container may have become systemd's child by that time, without its parent's exit being known.
  ///
  /// To be asked for a child that could not be looked at itself. Parents that are seen to run cover all forks until then.
  mutating func mayHaveAdoptedUnseen(by time: Int64, _ lookUp: Lookup) -> Bool {
    guard adoptionsSeenUntil < time, let adopter = latest[1] else { return false }
    var children: [Int32: [Int32]] = [:]
    for (pid, process) in latest
    where process.isOpen && process.traits.contains(.isInTree) && !isOfHost(process, and: adopter) {
      let parent = currentParent(of: pid)
      if parent > 1 { children[parent, default: []].append(pid) }
    }
    guard children.count <= Self.maxParents else { return true }
    var seen = Int64.max
    for (parent, orphans) in children {
      let known = latest[parent]
      let reading = lookUp(parent, true)
      found(reading, of: parent)
      seen = min(seen, reading.asked.lowerBound)
      if let now = latest[parent], now.id == known?.id, hasChildrenStill(now, reading) { continue }
      for orphan in orphans {
        guard let process = latest[orphan] else { return true }
        let reading = lookUp(orphan, true)
        found(reading, of: orphan)
        guard let now = reading.parent, now > 1, isSame(process, reading) else { return true }
        seen = min(seen, reading.asked.lowerBound)
      }
    }
    if !children.isEmpty { adoptionsSeenUntil = seen }
    return false
  }

  /// Whether a process has not given its children away. Of one with several threads the last may be about to: one of a container could choose
  /// that moment.
  private func hasChildrenStill(_ process: Process, _ reading: ProcessReading) -> Bool {
    guard process.isOpen, let threads = reading.threads, threads > 0, !reading.isOver,
      isSame(process, reading)
    else { return false }
    return process.isOnHost || threads == 1
  }
}
