extension ProcessTable {
  /// A process: one of all those that have, one after the other, the same PID.
  struct Process: Sendable {
    let id: Int
    /// nil as long as nobody could tell.
    var owner: ProcessOwner?
    /// What it had from its parent, in case that a look into /proc turns out to have come too late.
    var inherited: ProcessOwner?
    var parent: Int32
    var began: Int64
    var ended: Int64 = .max
    /// When /proc said who owns it: not before `read` and not after `readBy`. `.min` if it never did.
    var read: Int64 = .min
    var readBy: Int64 = .min
    /// When /proc last said that it is the host's: not before that. `.min` if it never did.
    var readOnHost: Int64 = .min
    /// It may have gone on after `ended`, until the PID was used again: its first thread ended, or nobody looked.
    var isOpen = true
    /// Its threads but for the first one; nil if nobody counted from the start.
    var others: Int?
    /// It, or one that it made, made a process that was moved into a container: so may others be.
    var hasStartedContainers = false
    /// It stands in the queue of those that ended.
    var isQueued = false

    var isRunning: Bool { ended == .max }
    var startsContainers: Bool { hasStartedContainers || isOfRuntime }
    private var isOfRuntime: Bool {
      if case .host(let unit?) = owner { ProcessTable.runtimeUnits.contains(unit) } else { false }
    }
    var isInContainer: Bool { if case .container = owner { true } else { false } }

    /// Whether it may have made a record then; if so, nobody else of its PID since did.
    func covers(_ time: Int64) -> Bool { isOpen || ended >= time }

    mutating func end(at time: Int64) {
      ended = time
      guard readBy >= time else { return }
      // That was not this process any more.
      owner = inherited
      read = .min
      readBy = .min
      readOnHost = .min
    }

    /// Whether it is known to have been the host's at some time.
    var wasOnHost: Bool {
      if case .host = inherited { true } else { readOnHost != .min }
    }

    mutating func take(_ reading: ProcessReading) {
      // One that exits still is whose it was. Another look may have been taken since.
      guard reading.owner != nil, reading.asked.lowerBound >= read else { return }
      owner = reading.owner
      read = reading.asked.lowerBound
      readBy = reading.asked.upperBound
      if !isInContainer { readOnHost = read }
    }
  }
}
