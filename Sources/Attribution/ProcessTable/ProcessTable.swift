package import Cgroups
package import ProcFS
package import ProcessEvents

/// Which owner a process has, or had at any recent time.
///
/// A value that does no I/O. It receives the kernel's process events in their order, calls a lookup of /proc where the events are not
/// sufficient, and gets the time from the events and readings. All times are nanoseconds of the monotonic clock.
///
/// The rules of the kernel and of container runtimes on which it relies are listed in Architecture.md, under "Processes".
package struct ProcessTable: Sendable {
  /// Why a record's process has no owner.
  package enum Unresolved: String, CaseIterable, Sendable {
    /// It had ended when its record was read, and nothing was known of it.
    case exited = "process-exited"
    /// Another process has its ID now, or had it within the few milliseconds that a record's time leaves open.
    case reused = "pid-reused"
    /// It ended before /proc showed whether it was moved into a container: its parent starts containers, or was itself moved into one at an
    /// unknown time.
    case moved = "process-moved"
    /// It is not among the snapshot's processes.
    case notInSnapshot = "not-in-snapshot"
  }

  /// Why there may be processes that were not reported.
  package enum ScanReason: Sendable {
    /// They began before the first event.
    case start
    /// Events were lost.
    case losses
    /// The table was full.
    case full
  }

  /// What is known of a record's process.
  package enum Answer: Equatable, Sendable {
    /// Its owner, as /proc showed for the process itself.
    case owner(ProcessOwner)
    /// Its owner, inherited from its parent.
    case inherited(ProcessOwner)
    /// Its owner, as /proc showed before the process ended.
    case exited(ProcessOwner)
    case unresolved(Unresolved)

    /// The owner; nil if it is unresolved.
    package var owner: ProcessOwner? {
      switch self {
      case .owner(let owner), .inherited(let owner), .exited(let owner): owner
      case .unresolved: nil
      }
    }
  }

  /// The latest process of each PID.
  var latest = ProcessIDMap<Process>()
  /// The processes before it, the oldest first, of PIDs that were used again.
  var former = ProcessIDMap<[Process]>()
  /// The last process that did not fit into the table; nil once there is space.
  var refused: (pid: Int32, process: Process)?
  /// Running processes that have no entry of their own because there are too many of them, by owner.
  var compactSets: [CompactProcessSet] = []
  /// The processes that are moved there next, and for how many calls it is not worth counting which owner has the most.
  var yielding: [Int32] = []
  var uncounted = 0
  /// Processes that have ended, in that order.
  var ended = EndedProcesses()
  /// The current parents and children of processes whose orphans may be adopted by a process of another owner.
  var tree = ProcessTree()
  /// Processes that have, or may have, children of another owner.
  var mixedParents: [Int32: MixedParent] = [:]
  /// The numbers of orphans that could not be read, by PID: the processes that adopted them are unknown.
  var orphansOfUnknownParent: [Int32: Int] = [:]
  /// The numbers of namespace entrants whose parents may have entered another PID namespace, by PID: when such a parent ends, the first
  /// process of that namespace adopts them.
  var adoptableEntrants = ProcessIDMap<Int>()
  /// Readings showed the ends of such orphans and entrants before the events did, so they are remembered no more, but they may have run
  /// until this time.
  var orphansReadUntil: Int64 = .min
  /// What is known of the PID namespaces of containers.
  var containers: [ContainerID: ContainerNamespace] = [:]
  var maxContainers = 1024
  /// Whether a container's process was in the host's PID namespace since the last scan. Its orphans may be in any other namespace.
  var hasNamespaceEntrants = false
  /// Until then no container's process had become a child of systemd unseen, see `mayHaveAdoptedUnseen`.
  var adoptionsSeenUntil: Int64 = .min
  /// Processes whose children inherited a container that was read only after their forks, by PID.
  var readAhead: [Int32: ReadAhead] = [:]
  /// The ancestry of all processes that were found by this time has been resolved.
  var resolvedUntil: Int64 = .min
  let maxCount: Int
  let maxEnded: Int
  /// The times at which an unknown PID may have belonged to a process that was not reported: before the first event, and from the last
  /// event before a loss until all processes have been read.
  var eventGaps = EventGaps()
  /// Whether any event has been received.
  var hasReceivedEvent = false
  /// The time of the last event that was applied; `.min` if there was none.
  var lastEvent: Int64 = .min
  /// Why there may be unreported processes now, and since when: readings from before `unseenSince` may be outdated.
  var missingReason: ScanReason? = .start
  var unseenSince: Int64
  /// The latest end of a process that was forgotten.
  var forgotten: Int64 = .min
  /// The processes that `recheck` reads, and since when: children of processes that start containers, which may be moved into a container
  /// at any moment, and processes whose last thread may end at any moment without notice.
  var pendingRechecks: [(pid: Int32, id: Int, since: Int64)] = []
  var starters = Starters()
  package internal(set) var owners = OwnerNumbers()
  /// Whether events are received. Without events, what is known of a process is valid for one second only.
  let hasEventStream: Bool

  /// /proc shows start times in hundredths of a second, and a fork is reported slightly later.
  static let startTimeTolerance: Int64 = 30_000_000
  /// How long `recheck` reads a process, and the maximum number of such processes.
  package static let recheckTime: Int64 = 1_000_000_000
  static let maxPendingRechecks = 64
  /// How long after a process began its PID cannot belong to another process, whenever it ended: a PID is used again only after all others
  /// have been used, and even the smallest usual range of 32,768 PIDs is not used up in this time.
  package static let pidReuseGrace: Int64 = 1_000_000_000

  /// Remembers at most `maxCount` processes, of which at most `maxEnded` have ended; those that ended first are forgotten first. The
  /// default needs an array of 2^18 entries of some 110 bytes each; up to 2^17 processes need half of that.
  ///
  /// `hasEventStream`: whether `apply` will receive each fork, exec and exit since `time`.
  package init(hasEventStream: Bool, since time: Int64, maxCount: Int = 196_608, maxEnded: Int = 65_536) {
    self.hasEventStream = hasEventStream
    unseenSince = time
    self.maxCount = maxCount
    self.maxEnded = maxEnded
  }

  /// The number of known processes, running or not.
  package var count: Int { latest.count + formerCount }
  var formerCount = 0
  var nextID = 0

  // MARK: Events

  /// Reads /proc now. Everything takes longer to read than the owner, and is requested only where it matters.
  package typealias Lookup = (_ pid: Int32, _ scope: ProcessReading.Scope) -> ProcessReading

  /// Applies an event.
  package mutating func apply(_ event: ProcessEvent, lookUp: Lookup) {
    cleanOwners()
    let pid = event.pid
    lastEvent = event.time
    expand(pid)
    // From the first event on, everything is reported.
    if !hasReceivedEvent {
      hasReceivedEvent = true
      eventGaps.end(at: event.time)
    }
    switch event.kind {
    case .fork(let parent): fork(pid, parent: parent, at: event.time, lookUp)
    case .exec:
      // A thread that executes a program takes over the PID of the first thread, which ends.
      if latest[pid]?.isOpen == true { latest[pid]?.ended = .max }
      let id = latest[pid]?.id
      if latest[pid].map({ !$0.isOpen || !$0.isInContainer }) ?? true { self.lookUp(at: pid, lookUp) }
      guard var process = latest[pid], process.id == id else { return }
      // All its other threads have ended.
      if process.isOpen { process.otherThreads = 0 }
      // A container runtime moves a process before the process executes its program. A process that is moved after its exec, and before
      // this reading, is treated as if it had been in the container at the exec, and so are the children that it created meanwhile.
      if process.isInContainer, event.time < process.inContainerBy {
        process.inContainerBy = event.time
        process.traits.insert(.wasReadForExec)
      }
      latest[pid] = process
    case .exit:
      guard var process = latest[pid] ?? unseenProcess(pid), process.isRunning else {
        return endUnknown(pid, lookUp)
      }
      // The exit is that of the previous process with this PID, which had ended when this one was found.
      guard process.began <= event.time else { return }
      process.isOpen = process.otherThreads != 0
      // While its other threads run, /proc shows its owner.
      if process.otherThreads ?? 0 > 0 { process.ended = event.time } else { process.end(at: event.time) }
      if process.otherThreads == nil, !close(&process, pid: pid, lookUp) {
        scheduleRecheck(at: process, pid: pid, since: event.time)
      }
      insert(&process, pid: pid)
      if !process.isOpen { end(process, pid: pid, lookUp) }
      forget()
    case .threadFork:
      if let otherThreads = latest[pid]?.otherThreads { latest[pid]?.otherThreads = otherThreads + 1 }
    case .threadExit:
      guard var process = latest[pid], let otherThreads = process.otherThreads else { return }
      process.otherThreads = otherThreads - 1
      if otherThreads == 1, !process.isRunning, process.isOpen {
        process.end(at: event.time)
        process.isOpen = false
      }
      latest[pid] = process
      if !process.isOpen { end(process, pid: pid, lookUp) }
    }
  }

  /// A process that ends before it was read: it began before the first event, and its PID is free now.
  private mutating func unseenProcess(_ pid: Int32) -> Process? {
    missingReason == .start ? Process(id: newID(), parent: 0, began: 0) : nil
  }

  /// Reads a process. Returns whether it runs.
  @discardableResult
  mutating func lookUp(at pid: Int32, _ lookUp: Lookup) -> Bool {
    // The event may have waited, so the process that has the PID now need not be the one that had it then.
    let reading = lookUp(pid, .everything)
    apply(reading, of: pid)
    return reading.owner != nil
  }

  /// Why all processes should be read again, see `endScan`; nil if that is not necessary.
  package var scanReason: ScanReason? { hasEventStream && refused == nil ? missingReason : nil }

  /// Notes that all processes have been read since `time`, and found by `now`. Returns whether that counts: it does not if events were lost
  /// meanwhile, or if the table was full.
  @discardableResult
  package mutating func endScan(since time: Int64, by now: Int64) -> Bool {
    guard refused == nil, time >= unseenSince else { return false }
    resolveAncestry()
    resolvedUntil = now
    eventGaps.end(at: now)
    missingReason = nil
    forget()
    return true
  }

  mutating func newID() -> Int {
    nextID += 1
    return nextID
  }

  /// The last process that had a PID by `time`, whether it still ran or not.
  func process(with pid: Int32, at time: Int64) -> Process? {
    guard let process = latest[pid] else { return nil }
    return process.began <= time ? process : former[pid]?.last { $0.began <= time }
  }
}
