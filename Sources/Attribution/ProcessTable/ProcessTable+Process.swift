internal import ProcFS

extension ProcessTable {
  /// A process: one of all those that have, one after the other, the same PID.
  struct Process: Sendable, BitwiseCopyable {
    let id: Int
    /// nil as long as nobody could tell.
    var owner: OwnerNumber?
    /// What it had from its parent, in case that a look into /proc turns out to have come too late.
    var inherited: OwnerNumber?
    var parent: Int32
    /// Its threads but for the first one; nil if nobody counted from the start.
    var others: Int32?
    /// It may have gone on after `ended`, until the PID was used again: its first thread ended, or nobody looked.
    var isOpen = true
    /// It was made by one of which nobody knows whether it was in its container by then.
    var mayComeFromHost = false
    /// It, or one that it made, made a process that was moved into a container: so may others be.
    var hasStartedContainers = false
    /// It may come from one that did, for all that could be seen before its fork was told.
    var mayComeFromStarter = false
    /// It stands in the queue of those that ended.
    var isQueued = false
    var traits: Traits = []
    var began: Int64
    var ended: Int64 = .max
    /// When /proc said who owns it: not before `read` and not after `readBy`. `.min` if it never did.
    var read: Int64 = .min
    var readBy: Int64 = .min
    /// When /proc last said that it is the host's, or that its parent is: not before that. `.min` if it never did.
    var readOnHost: Int64 = .min
    /// When /proc had first said that it is in a container; `.max` if it never did.
    var inContainerBy: Int64 = .max
    /// When /proc had first said who owns it now, at the latest: since then it always did. `.max` if it never did.
    var sameSince: Int64 = .max
    /// When /proc had shown it, as long as its fork has not been reported; `.min` from then on.
    var foundBy: Int64 = .min

    /// When it had begun for certain: /proc tells a time that is a little before.
    var beganBy: Int64 { isFound ? began + ProcessTable.startTimeTolerance : began }
    /// Whether it was found in /proc, and its fork has not been reported. It may have executed a program since, so that its threads are known.
    var isFound: Bool { others == nil || foundBy != .min }
    var isRunning: Bool { ended == .max }
    var startsContainers: Bool { hasStartedContainers || mayComeFromStarter || isOfRuntime }
    private var isOfRuntime: Bool { owner?.isRuntime ?? false }
    var isInContainer: Bool { owner?.isContainer ?? false }
    var isOnHost: Bool { owner?.isContainer == false }
    /// Whether its orphans may be adopted by a process of another owner. A container's with a PID namespace of its own stay in it.
    var mayLeaveOrphans: Bool { !isInContainer || traits.contains(.isInHostNamespace) }

    /// Whether it may have made a record then; if so, nobody else of its PID since did.
    func covers(_ time: Int64) -> Bool { isOpen || ended >= time }

    mutating func end(at time: Int64) {
      ended = time
      guard readBy >= time, inContainerBy >= time || traits.contains(.wasReadForExec) && sameSince >= time
      else {
        return
      }
      // That was not this process any more, nor may its parent have been in its unit of late.
      let isSame = owner == inherited || inherited?.isContainer == true
      owner = isSame ? inherited : inherited.map { _ in .unknownUnit }
      forgetReadings()
    }

    /// What /proc said of it is not known any more.
    private mutating func forgetReadings() {
      read = .min
      readBy = .min
      readOnHost = .min
      inContainerBy = .max
      sameSince = .max
      traits.remove(.wasReadForExec)
    }

    /// Whether it may have ended at any time after that, if nothing was told since. What was found then, such as another process of
    /// its PID, does not tell when it ended.
    func isUncertain(after time: Int64) -> Bool { isOpen || ended > time }

    /// Nothing is told of what happened after a time: until then it ran, or its other threads did, for all that is known.
    mutating func lose(after time: Int64) {
      guard isUncertain(after: time) else { return }
      isOpen = false
      others = nil
      end(at: max(time, began))
    }

    /// Whether it was the host's at some time, or may have been.
    var wasOnHost: Bool {
      inherited?.isContainer == false || mayComeFromHost || readOnHost != .min
    }

    /// Whether it is in a container and may have been moved there after that time, or before.
    func mayHaveBeenMoved(after time: Int64) -> Bool { isInContainer && wasOnHost && time < inContainerBy }

    /// Whose it was at a time, and so a child that it made then; nil if it may have been moved before or after.
    func owner(at time: Int64) -> OwnerNumber? { mayHaveBeenMoved(after: time) ? nil : owner }

    /// It belongs to a container in which it was made, whatever its own cgroup is.
    mutating func adopt(_ owner: OwnerNumber) {
      self.owner = owner
      inherited = owner
      readOnHost = .min
      inContainerBy = .min
    }

    /// Its cgroup names one container, and its ancestry another.
    mutating func dispute() {
      owner = nil
      inherited = nil
      traits.formUnion([.comesFromUnknown, .isDisputed])
    }

    /// Who made it is not known.
    mutating func forgetMaker() {
      owner = nil
      inherited = nil
      traits.formUnion([.isOfMixedContainer, .comesFromUnknown])
    }

    /// One that was found after that time has the owner that its ancestry gave it: processes that had the same PIDs as its ancestors may have
    /// been taken for those, as their ends were not reported.
    mutating func forgetAncestry(after time: Int64) {
      guard foundBy > time else { return }
      owner = nil
      inherited = nil
      forgetReadings()
      traits.subtract([.isOfMixedContainer, .comesFromUnknown, .isDisputed])
    }

    /// `found` is the owner that the reading names.
    mutating func take(_ reading: ProcessReading, owner found: OwnerNumber?) {
      // One that exits still is whose it was. Another look may have been taken since.
      guard let found, reading.asked.lowerBound >= read, !traits.contains(.isDisputed) else { return }
      // None leaves its container.
      if !isInContainer {
        // It may be of the host, and have entered a container's PID namespace, or of a container, and have left its cgroup.
        if traits.contains(.isOfMixedContainer), reading.owner?.containerID == nil { return dispute() }
        if owner != found {
          // Its parent's unit is not its own any more, whoever's it is that was read now.
          if read != .min, inherited != nil { inherited = .unknownUnit }
          owner = found
          sameSince = .max
        }
      } else if read == .min, reading.owner?.containerID != nil, found != owner {
        // Its parent's container was not its maker's, or it was moved from there.
        return dispute()
      }
      read = reading.asked.lowerBound
      readBy = reading.asked.upperBound
      sameSince = min(sameSince, readBy)
      if isInContainer { inContainerBy = min(inContainerBy, readBy) } else { readOnHost = read }
      forgetInit()
    }

    /// systemd starts no containers: another process made its child that is in one, which was never the host's, then.
    mutating func forgetInit() {
      guard parent == 1, isInContainer, inherited?.isContainer == false else { return }
      inherited = nil
      mayComeFromHost = true
    }
  }

  /// What is known of a process beside its owner.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt16
    /// It is the first process of a PID namespace right below the host's, whose orphans become its children.
    static let isFirstOfNamespace = Traits(rawValue: 1)
    /// It is a container's and in the host's PID namespace, or was made by one that is: it may enter any other.
    static let isInHostNamespace = Traits(rawValue: 2)
    /// Its children need not all be its owner's: `mixedParents` has it.
    static let isMixedParent = Traits(rawValue: 4)
    /// Its parent was such a one when it was made, and in a container: who made it is not known.
    static let isOfMixedContainer = Traits(rawValue: 8)
    /// Its parent was such a one when it was made, or so it was with one that it comes from.
    static let comesFromUnknown = Traits(rawValue: 16)
    /// `tree` has it as a child.
    static let isInTree = Traits(rawValue: 32)
    /// `strays` has it.
    static let isStray = Traits(rawValue: 64)
    /// Its cgroup and its ancestry name different containers.
    static let isDisputed = Traits(rawValue: 128)
    /// It is in the host's PID namespace, as its own PIDs show: no process in a container's adopts its children.
    static let isOutside = Traits(rawValue: 256)
    /// Its parent was the first process of a PID namespace and perhaps not its maker: not all processes had been found by then.
    static let isProvisional = Traits(rawValue: 512)
    /// The first reading that showed it in its container was made for its exec, and later than that.
    static let wasReadForExec = Traits(rawValue: 1024)
  }
}
