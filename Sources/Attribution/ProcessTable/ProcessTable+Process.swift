internal import Cgroups
internal import ProcFS

extension ProcessTable {
  /// One of the processes that had the same PID, one after the other.
  struct Process: Sendable, BitwiseCopyable {
    let id: Int
    /// nil if it is unknown.
    var owner: OwnerNumber?
    /// The owner that it inherited from its parent, in case a reading of /proc turns out to have been too late.
    var inherited: OwnerNumber?
    var parent: Int32
    /// The number of its threads other than the first one; nil if they were not counted from the start.
    var otherThreads: Int32?
    /// Whether it may have continued after `ended`, until its PID was used again: only its first thread ended, or no reading showed its end.
    var isOpen = true
    /// Whether it is unknown if its parent was already in its container at the fork.
    var mayComeFromHost = false
    /// Whether it, or a process that it created, created a process that was moved into a container. Then others may be moved, too.
    var hasStartedContainers = false
    /// Whether an ancestor may start containers, as far as that could be seen before its fork was reported.
    var mayComeFromStarter = false
    /// Whether it is in the queue of processes that have ended.
    var isQueued = false
    var traits: Traits = []
    var began: Int64
    var ended: Int64 = .max
    /// When /proc showed its owner: not before `read` and not after `readBy`. `.min` if never.
    var read: Int64 = .min
    var readBy: Int64 = .min
    /// When /proc last showed that it, or its parent, is on the host: not before this time. `.min` if never.
    var readOnHost: Int64 = .min
    /// When /proc had first shown it in a container, at the latest. `.max` if never.
    var inContainerBy: Int64 = .max
    /// When /proc had first shown its current owner, at the latest; since then it has shown no other. `.max` if never.
    var sameSince: Int64 = .max
    /// When /proc had shown it, while its fork has not been reported. `.min` once it has been.
    var foundBy: Int64 = .min

    /// When it had begun for certain: /proc shows a slightly earlier time.
    var beganBy: Int64 { isFound ? began + ProcessTable.startTimeTolerance : began }
    /// Whether it was found in /proc, and its fork has not been reported. If it has executed a program since, its threads are known
    /// nevertheless.
    var isFound: Bool { otherThreads == nil || foundBy != .min }
    var isRunning: Bool { ended == .max }
    var startsContainers: Bool { hasStartedContainers || mayComeFromStarter || isOfRuntime }
    private var isOfRuntime: Bool { owner?.isRuntime ?? false }
    var isInContainer: Bool { owner?.isContainer ?? false }
    var isOnHost: Bool { owner?.isContainer == false }
    /// Whether its orphans may be adopted by a process of another owner. Orphans of a container with a PID namespace of its own stay in
    /// that container.
    var mayLeaveOrphans: Bool { !isInContainer || traits.contains(.mayEnterNamespaces) }

    /// Whether it may have made a record at `time`. If so, no later process with its PID made that record.
    func covers(_ time: Int64) -> Bool { isOpen || ended >= time }

    mutating func end(at time: Int64) {
      ended = time
      guard readBy >= time, inContainerBy >= time || traits.contains(.wasReadForExec) && sameSince >= time
      else {
        return
      }
      // The reading was of a later process with this PID. The parent may have left the inherited unit by then, too.
      let isSame = owner == inherited || inherited?.isContainer == true
      owner = isSame ? inherited : inherited.map { _ in .unknownUnit }
      forgetReadings()
    }

    /// Forgets what /proc showed of it.
    private mutating func forgetReadings() {
      read = .min
      readBy = .min
      readOnHost = .min
      inContainerBy = .max
      sameSince = .max
      traits.remove(.wasReadForExec)
    }

    /// Whether it may have ended at any time after `time`, if no event was received since. Later findings, such as another process with its
    /// PID, do not show when it ended.
    func isUncertain(after time: Int64) -> Bool { isOpen || ended > time }

    /// Notes that events after `time` are missing: as far as is known, the process or its other threads ran until then.
    mutating func noteLoss(after time: Int64) {
      guard isUncertain(after: time) else { return }
      isOpen = false
      otherThreads = nil
      end(at: max(time, began))
    }

    /// Whether it belonged to the host at some time, or may have.
    var wasOnHost: Bool {
      inherited?.isContainer == false || mayComeFromHost || readOnHost != .min
    }

    /// Whether it is in a container and may have been moved there before or after `time`.
    func mayHaveBeenMoved(after time: Int64) -> Bool { isInContainer && wasOnHost && time < inContainerBy }

    /// Its owner at `time`, and so the owner of a child that it created then. nil if it may have been moved before or after.
    func owner(at time: Int64) -> OwnerNumber? { mayHaveBeenMoved(after: time) ? nil : owner }

    /// Sets the owner to the container in which the process was created, whatever its own cgroup is.
    mutating func assignCreationOwner(_ owner: OwnerNumber) {
      self.owner = owner
      inherited = owner
      readOnHost = .min
      inContainerBy = .min
    }

    /// Makes the owner unknown, because the cgroup names one container and the ancestry another.
    mutating func dispute() {
      owner = nil
      inherited = nil
      traits.formUnion([.comesFromUnknown, .isDisputed])
    }

    /// Makes the owner unknown, because the creator is unknown.
    mutating func forgetCreator() {
      owner = nil
      inherited = nil
      traits.formUnion([.isOfMixedContainer, .comesFromUnknown])
    }

    /// Makes the owner unknown if the process was found after `time`. Its ancestry determined that owner, and later processes with the PIDs
    /// of its ancestors may have been mistaken for them, because the ends of the ancestors were not reported.
    mutating func forgetAncestry(after time: Int64) {
      guard foundBy > time else { return }
      owner = nil
      inherited = nil
      forgetReadings()
      traits.subtract([.isOfMixedContainer, .comesFromUnknown, .isDisputed])
    }

    /// Applies a reading. `found` is the owner that it names.
    mutating func apply(_ reading: ProcessReading, owner found: OwnerNumber?) {
      // A process that is exiting keeps its owner. A later reading may have been applied already.
      guard let found, reading.asked.lowerBound >= read, !traits.contains(.isDisputed) else { return }
      // A process does not leave its container.
      if !isInContainer {
        // The process may belong to the host and have entered a container's PID namespace, or belong to a container and have left its
        // cgroup.
        if traits.contains(.isOfMixedContainer), reading.owner?.containerID == nil { return dispute() }
        if owner != found {
          // The parent's unit is not its own any more, whichever process this reading is of.
          if read != .min, inherited != nil { inherited = .unknownUnit }
          owner = found
          sameSince = .max
        }
      } else if read == .min, reading.owner?.containerID != nil, found != owner {
        // The parent's container was not the creator's, or the process was moved out of it.
        return dispute()
      }
      read = reading.asked.lowerBound
      readBy = reading.asked.upperBound
      sameSince = min(sameSince, readBy)
      if isInContainer { inContainerBy = min(inContainerBy, readBy) } else { readOnHost = read }
      forgetInit()
    }

    /// systemd starts no containers: its child in a container was created by another process, and has never belonged to the host.
    mutating func forgetInit() {
      guard parent == 1, isInContainer, inherited?.isContainer == false else { return }
      inherited = nil
      mayComeFromHost = true
    }
  }

  /// Properties of a process other than its owner.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt16
    /// It is the first process of a PID namespace directly below the host's, and adopts the orphans of that namespace.
    static let isFirstOfNamespace = Traits(rawValue: 1)
    /// It belongs to a container and is in the host's PID namespace, or was created by such a process. It may enter any other namespace.
    static let mayEnterNamespaces = Traits(rawValue: 2)
    /// Its children need not all have its owner; `mixedParents` contains it.
    static let isMixedParent = Traits(rawValue: 4)
    /// At its fork, its parent was a mixed parent in a container, so its creator is unknown.
    static let isOfMixedContainer = Traits(rawValue: 8)
    /// At its fork, or at the fork of an ancestor, the parent was a mixed parent.
    static let comesFromUnknown = Traits(rawValue: 16)
    /// `tree` contains it as a child.
    static let isInTree = Traits(rawValue: 32)
    /// `orphansOfUnknownParent` contains it.
    static let isOrphanOfUnknownParent = Traits(rawValue: 64)
    /// Its cgroup and its ancestry name different containers.
    static let isDisputed = Traits(rawValue: 128)
    /// It is in the host's PID namespace, as its own PIDs show, so its children are not adopted by a process in a container's namespace.
    static let isSeenInHostNamespace = Traits(rawValue: 256)
    /// Its parent was the first process of a PID namespace and need not be its creator, because not all processes had been found yet.
    static let isProvisional = Traits(rawValue: 512)
    /// The first reading that showed it in its container was made for its exec event, and later than that event.
    static let wasReadForExec = Traits(rawValue: 1024)
  }
}
