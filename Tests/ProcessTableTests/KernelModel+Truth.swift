import Cgroups
import ProcessTable

extension KernelModel {
  struct Record {
    var pid: Int32
    /// The time at which it was made, as exactly as its stamp shows.
    var window: ClosedRange<Int64>
    /// The number of the process that made it, and the owner of that process then.
    fileprivate var creator: Int
    fileprivate var owner: ProcessOwner

    init(pid: Int32, window: ClosedRange<Int64>, creator: Int, owner: ProcessOwner) {
      self.pid = pid
      self.window = window
      self.creator = creator
      self.owner = owner
    }
  }

  /// What is remembered of a process after its end.
  struct Life {
    let pid: Int32
    let began: Int64
    var ended: Int64 = .max
    /// All owners that it had. A process that is moved into a container counts as the container's before that, too.
    var owners: Set<ProcessOwner>
    /// Whether it descends from a process that starts containers, as far as the kernel reports.
    var mayBeMoved: Bool
    /// When it was first read in its container, or was created by a process that had been, so that it need not be read. `.max` if never.
    var knownSince: Int64 = .max

    /// The number of its parent.
    var parent: Int?
    /// Whether the next process with its parent's PID was read before its fork was reported, and so soon that start times cannot show which
    /// of the two was the parent.
    var hasAmbiguousParent = false

    var isKnown: Bool { knownSince != .max }

    /// Whether it may have been moved without having been read since.
    var isUncertain: Bool { mayBeMoved && !isKnown }

    init(_ process: Process, pid: Int32) {
      self.pid = pid
      began = process.began
      owners = [process.owner]
      mayBeMoved = process.isStarter
    }
  }

  /// Whether a record's process had this owner.
  func isTrue(_ owner: ProcessOwner, of record: Record) -> Bool {
    if case .container = record.owner { return owner == record.owner }
    // An answer may name the host without a unit.
    return owner == .host(unit: nil) || lives[record.creator].owners.contains(owner)
  }

  func noteMade(_ child: Process, by creator: Process) {
    // Not the creator is reported, but the parent.
    lives[child.number].parent = processes[child.parent]?.number
    guard let parent = processes[child.parent].map({ lives[$0.number] }) else { return }
    if parent.mayBeMoved || mayHaveForeignChildren(child.parent) { lives[child.number].mayBeMoved = true }
    if !creator.isOnHost, lives[creator.number].isKnown, parent.isKnown, !mayHaveForeignChildren(child.parent)
    {
      lives[child.number].knownSince = child.began
    }
  }

  /// Notes that a process is read. If its fork has not been reported, its start time is not known exactly, so it may seem to be the parent of
  /// the last children of the previous process with its PID.
  func noteRead(_ process: Process, _ pid: Int32) {
    guard events.contains(where: { $0.isFork(of: pid, at: process.began) }) else { return }
    for index in lives.indices.reversed() {
      let life = lives[index]
      guard life.began > process.began - Self.startTimeTolerance else { return }
      if let parent = life.parent, parent != process.number, lives[parent].pid == pid {
        lives[index].hasAmbiguousParent = true
      }
    }
  }

  /// Whether the process may have children of another owner, as far as can be known.
  private func mayHaveForeignChildren(_ pid: Int32) -> Bool {
    guard let parent = processes[pid], !parent.isOnHost || pid == 1 else { return false }
    // Before the first scan, any orphan may be its child.
    if nature.crosses, pid == 1 || pid == 5 || pid == 6 && wholeSince == .max { return true }
    let knownSince = lives[parent.number].knownSince
    return processes.contains { child in
      if nature.crosses, pid == 6, child.owner == Self.containers[2] && child.isOrphan { return true }
      if nature.crosses, pid == 6, child.namespace == 2 && child.owner != parent.owner { return true }
      guard child.parent == pid else { return false }
      if child.owner != parent.owner { return true }
      // A child that could not be read may belong to another owner, and may have siblings of that owner while it runs: if its parent may have
      // been moved after it was created, if not all processes had been found, or if its parent adopts orphans.
      return lives[child.number].isUncertain
        && (child.began < knownSince || nature.crosses && (child.began <= wholeSince || pid == 6))
    }
  }

  private func comesFromAmbiguous(_ life: Life) -> Bool {
    life.hasAmbiguousParent || life.parent.map { comesFromAmbiguous(lives[$0]) } ?? false
  }

  /// Whether only the unit of a short-lived host process may be unknown.
  private func hasUncertainUnit(_ life: Life) -> Bool {
    life.owners.contains { if case .host = $0 { true } else { false } }
  }

  /// Whether the owner of a record cannot be known, although no event is missing.
  func isUnknowable(_ record: Record, made: ClosedRange<Int64>, because reason: ProcessTable.Unresolved)
    -> Bool
  {
    let creator = lives[record.creator]
    if creator.began <= wholeSince, creator.pid > Self.lastPermanent { return true }
    return switch reason {
    case .reused:
      // A process that was found in /proc before its fork was reported seems to have begun up to a hundredth of a second earlier, and hides
      // when the previous process ended.
      lives.contains {
        $0.pid == record.pid && $0.began != creator.began
          && $0.ended >= made.lowerBound - 10 * Self.millisecond
          && $0.began - 10 * Self.millisecond <= made.upperBound
          && ($0.began > made.upperBound || $0.owners != creator.owners || $0.isUncertain
            || creator.isUncertain
            || hasUncertainUnit(creator) || nature.leaves && creator.owners.contains(Self.containers[1]))
      }
    case .moved, .exited: creator.isUncertain || comesFromAmbiguous(creator)
    case .notInSnapshot: false
    }
  }
}
