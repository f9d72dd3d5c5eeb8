import Cgroups
import ProcessTable

extension KernelModel {
  struct Record {
    var pid: Int32
    /// What a stamp tells of when it was made: this and not more.
    var window: ClosedRange<Int64>
    /// Which process made it, and whose that was then.
    fileprivate var maker: Int
    fileprivate var owner: ProcessOwner

    init(pid: Int32, window: ClosedRange<Int64>, maker: Int, owner: ProcessOwner) {
      self.pid = pid
      self.window = window
      self.maker = maker
      self.owner = owner
    }
  }

  /// What is remembered of a process.
  struct Life {
    let pid: Int32
    let began: Int64
    var ended: Int64 = .max
    /// All that it belonged to: one that is moved into a container counts as the container's, also before that.
    var owners: Set<ProcessOwner>
    /// It comes from one that starts containers, for all that the kernel tells.
    var mayBeMoved: Bool
    /// It was seen in its container while it ran, or it was made by one that had been: nobody need look any more.
    var isKnown = false

    /// Whose child it is: that one's number.
    var parent: Int?
    /// Another process had its parent's PID so soon that it may have been there when this one was made, for all that start times say.
    var hasAmbiguousParent = false

    /// Nobody may have looked since it was moved.
    var isUncertain: Bool { mayBeMoved && !isKnown }

    init(_ process: Process, pid: Int32) {
      self.pid = pid
      began = process.began
      owners = [process.owner]
      mayBeMoved = process.isStarter
    }
  }

  /// Whether a record's process belonged to that.
  func isTrue(_ owner: ProcessOwner, of record: Record) -> Bool {
    if case .container = record.owner { return owner == record.owner }
    // That it is the host's may be all that is said.
    return owner == .host(unit: nil) || lives[record.maker].owners.contains(owner)
  }

  func noteMade(_ child: Process, by maker: Process) {
    let pid = lives[child.number].pid
    for index in lives.indices.reversed() {
      let life = lives[index]
      guard life.began > child.began - Self.startTimeTolerance else { break }
      if let parent = life.parent, lives[parent].pid == pid { lives[index].hasAmbiguousParent = true }
    }
    // Not who made it is told, but whose child it is.
    lives[child.number].parent = processes[child.parent]?.number
    guard let parent = processes[child.parent].map({ lives[$0.number] }) else { return }
    if parent.mayBeMoved || mayHaveForeignChildren(child.parent) { lives[child.number].mayBeMoved = true }
    lives[child.number].isKnown =
      !maker.isOnHost && lives[maker.number].isKnown && parent.isKnown
      && !mayHaveForeignChildren(child.parent)
  }

  /// Whether it has children of another owner, for all that can be known.
  private func mayHaveForeignChildren(_ pid: Int32) -> Bool {
    guard let parent = processes[pid], !parent.isOnHost || pid == 1 else { return false }
    guard nature.crosses else {
      // One that nobody could look at may have been made before its parent was moved, and have others for siblings.
      return processes.contains {
        $0.parent == pid && ($0.owner != parent.owner || lives[$0.number].isUncertain)
      }
    }
    // Before all have been found anyone's orphan may be its child.
    if pid == 1 || pid == 5 || pid == 6 && wholeSince == .max { return true }
    return processes.contains {
      $0.parent == pid && $0.owner != parent.owner
        || pid == 6
          && ($0.namespace == 2 && $0.owner != parent.owner || $0.owner == Self.containers[2] && $0.isOrphan
            // Its child nobody could look at: it may be another's, and may have others for siblings as long as it lives.
            || $0.parent == pid && lives[$0.number].isUncertain)
    }
  }

  private func comesFromAmbiguous(_ life: Life) -> Bool {
    life.hasAmbiguousParent || life.parent.map { comesFromAmbiguous(lives[$0]) } ?? false
  }

  /// A short-lived process of the host may be known to be of the host, and its unit not.
  private func hasUncertainUnit(_ life: Life) -> Bool {
    life.owners.contains { if case .host = $0 { true } else { false } }
  }

  /// Whether nobody could know whose record it is, although nothing is missing.
  func isUnknowable(_ record: Record, made: ClosedRange<Int64>, because reason: ProcessTable.Unresolved)
    -> Bool
  {
    let maker = lives[record.maker]
    if maker.began <= wholeSince, maker.pid > Self.lastPermanent { return true }
    return switch reason {
    case .reused:
      // One that was found in /proc before its fork was reported began a hundredth of a second before, for all that is known, and
      // hides when the one before it ended.
      lives.contains {
        $0.pid == record.pid && $0.began != maker.began && $0.ended >= made.lowerBound - 10 * Self.millisecond
          && $0.began - 10 * Self.millisecond <= made.upperBound
          && ($0.began > made.upperBound || $0.owners != maker.owners || $0.isUncertain || maker.isUncertain
            || hasUncertainUnit(maker) || nature.leaves && maker.owners.contains(Self.containers[1]))
      }
    case .moved, .exited: maker.isUncertain || comesFromAmbiguous(maker)
    case .notInSnapshot: false
    }
  }
}
