package import Cgroups
package import ProcFS
package import ProcessEvents

/// Process ID to owner, now and at any time of late.
///
/// A value that does no I/O: it is fed with the kernel's process events in their order, asks for a look into /proc where
/// the events do not say enough, and is told the time with each. All times are nanoseconds of the monotonic clock.
///
/// What it rests on:
/// - A process starts in its parent's cgroup, and only from outside is it moved: into a container by the container
///   runtime, before it makes others of its own; out of one by nobody. So one that is in a container stays there, and so
///   do its children; of one of the host it must be asked again.
/// - A PID is used again only after its process ended, and the events of both come in that order. A look into /proc that
///   came after the end was a look at somebody else.
package struct ProcessTable: Sendable {
  /// Why a record's process has no owner.
  package enum Unresolved: String, CaseIterable, Sendable {
    /// It had ended when its record was read, and nothing was known of it.
    case exited = "process-exited"
    /// Another process has its ID now, or had it within the few milliseconds that a record's time leaves open.
    case reused = "pid-reused"
    /// It ended before anybody saw whether it was moved into a container: its parent starts containers, or was itself moved
    /// into one, at a time that is not known.
    case moved = "process-moved"
    /// It is not among the snapshot's processes.
    case notInSnapshot = "not-in-snapshot"
  }

  /// Why there may be processes that nobody was told of.
  package enum ScanReason: Sendable {
    /// They began before the events.
    case start
    /// Events were lost.
    case losses
    /// There was no room for all.
    case full
  }

  /// What is known of a record's process.
  package enum Attribution: Equatable, Sendable {
    /// Its owner, as /proc said of the process itself.
    case owner(ProcessOwner)
    /// Its owner, which is its parent's.
    case inherited(ProcessOwner)
    /// Its owner, as /proc said before it ended.
    case exited(ProcessOwner)
    case unresolved(Unresolved)
  }

  /// The latest process of each PID.
  var latest = ProcessIDMap<Process>()
  /// Those before it, the oldest first, of PIDs that were used again.
  var former = ProcessIDMap<[Process]>()
  /// The last one that there was no room for, as long as there is none.
  var refused: (pid: Int32, process: Process)?
  /// Those that run and have no entry of their own, for there are too many; some of them by owner.
  var crowds: [Crowd] = []
  /// Those that are to be moved there next, and how often it is not worth counting who has the most.
  var yielding: [Int32] = []
  var uncounted = 0
  /// Those that ended, in that order.
  var ended = EndedProcesses()
  /// Of processes whose orphans may get a parent of another owner: who is whose child now.
  var tree = ProcessTree()
  /// Processes that have, or may have, children of another owner.
  var mixedParents: [Int32: MixedParent] = [:]
  /// Orphans that nobody could look at, by their PIDs: who has adopted them is not known.
  var strays: [Int32: Int] = [:]
  /// Processes of containers in the host's PID namespace whose parents may have entered another one, by their PIDs: when such a parent ends,
  /// the first process of that namespace adopts them.
  var visitors: [Int32: Int] = [:]
  /// What is known of the PID namespaces of containers.
  var containers: [ContainerID: ContainerNamespace] = [:]
  var maxContainers = 1024
  /// Whether a container's process was in the host's PID namespace since the last look at all: its orphans may be in any other.
  var hasEntrants = false
  /// By then no container's process had become systemd's child unseen, see `mayHaveAdoptedUnseen`.
  var adoptionsSeenUntil: Int64 = .min
  /// Processes whose children inherited a container that was read only after their forks, by their PIDs.
  var readAhead: [Int32: ReadAhead] = [:]
  /// When the ancestry of all that were found by then had last been resolved.
  var resolvedUntil: Int64 = .min
  let maxCount: Int
  let maxEnded: Int
  /// When a PID that no known process had may have been one's that nobody was told of: before the start, and from the
  /// last event before a loss until all processes have been looked at.
  var eventGaps = EventGaps()
  /// Whether any event has come.
  var hasReceivedEvent = false
  /// When the last event was made that has been applied; `.min` if none has.
  var lastEvent: Int64 = .min
  /// Why there may be such processes now, and since when: what /proc said before that may be over.
  var unseen: ScanReason? = .start
  var unseenSince: Int64
  /// When the last of those that were forgotten had ended.
  var forgotten: Int64 = .min
  /// Those that `recheck` looks at, and since when: those that were made by one that starts containers, and may be moved
  /// into one any moment; those whose last thread may end any moment, unseen.
  var pendingRechecks: [(pid: Int32, id: Int, since: Int64)] = []
  var starters = Starters()
  package internal(set) var owners = OwnerNumbers()
  /// Whether events come: else what is known of a process holds for a second only.
  let hasEventStream: Bool

  /// Start times come in hundredths of a second; a fork is told a little after that.
  static let startTimeTolerance: Int64 = 30_000_000
  /// How long `recheck` looks at a process, and at how many.
  package static let recheckTime: Int64 = 1_000_000_000
  static let maxPendingRechecks = 64
  /// How long after a process began no other has its PID, whenever it ended: a PID comes again only after all others were
  /// used, which even the smallest usual range of 32,768 does not allow in this time.
  package static let pidReuseGrace: Int64 = 1_000_000_000

  /// Remembers at most `maxCount` processes, of which at most `maxEnded` have ended; those that ended first are forgotten first. The
  /// most that are usual need an array of 2^18 entries, of some 110 bytes each; up to 2^17 need half of that.
  ///
  /// `hasEventStream`: whether `apply` will be told of each fork, exec and exit since that time.
  package init(hasEventStream: Bool, since time: Int64, maxCount: Int = 196_608, maxEnded: Int = 65_536) {
    self.hasEventStream = hasEventStream
    unseenSince = time
    self.maxCount = maxCount
    self.maxEnded = maxEnded
  }

  /// Processes that are known, running or not.
  package var count: Int { latest.count + formerCount }
  var formerCount = 0
  var nextID = 0

  // MARK: Events

  /// Looks into /proc, now. When a process began takes longer to tell, and is asked for only where it matters.
  package typealias Lookup = (_ pid: Int32, _ withStart: Bool) -> ProcessReading

  /// Takes an event.
  package mutating func apply(_ event: ProcessEvent, lookUp: Lookup) {
    cleanOwners()
    let pid = event.pid
    lastEvent = event.time
    expand(pid)
    // From the first one on all that happens is told.
    if !hasReceivedEvent {
      hasReceivedEvent = true
      eventGaps.end(at: event.time)
    }
    switch event.kind {
    case .fork(let parent): fork(pid, parent: parent, at: event.time, lookUp)
    case .exec:
      // A thread that executes a program takes over the PID of the first one, which ends.
      if latest[pid]?.isOpen == true { latest[pid]?.ended = .max }
      let id = latest[pid]?.id
      if latest[pid].map({ !$0.isOpen || !$0.isInContainer }) ?? true { self.lookUp(at: pid, lookUp) }
      guard var process = latest[pid], process.id == id else { return }
      // All its others have ended.
      if process.isOpen { process.others = 0 }
      // Whoever starts containers moves it there before it executes its program. One that is moved after that, before this
      // is read, is taken to have been there by now, and with it what it made meanwhile.
      if process.isInContainer, event.time < process.inContainerBy {
        process.inContainerBy = event.time
        process.traits.insert(.wasReadForExec)
      }
      latest[pid] = process
    case .exit:
      guard var process = latest[pid] ?? unseenProcess(pid), process.isRunning else {
        return endUnknown(pid, lookUp)
      }
      // It was the one before it, which had ended when this one was found.
      guard process.began <= event.time else { return }
      process.isOpen = process.others != 0
      // As long as other threads of it go on, /proc says whose it is.
      if process.others ?? 0 > 0 { process.ended = event.time } else { process.end(at: event.time) }
      if process.others == nil, !close(&process, pid: pid, lookUp) {
        recheckSoon(at: process, pid: pid, since: event.time)
      }
      insert(&process, pid: pid)
      if !process.isOpen { end(process, pid: pid, lookUp) }
      forget()
    case .threadFork:
      if let others = latest[pid]?.others { latest[pid]?.others = others + 1 }
    case .threadExit:
      guard var process = latest[pid], let others = process.others else { return }
      process.others = others - 1
      if others == 1, !process.isRunning, process.isOpen {
        process.end(at: event.time)
        process.isOpen = false
      }
      latest[pid] = process
      if !process.isOpen { end(process, pid: pid, lookUp) }
    }
  }

  /// One that ends before anybody has looked: it began before events, and its ID is free now.
  private mutating func unseenProcess(_ pid: Int32) -> Process? {
    unseen == .start ? Process(id: newID(), parent: 0, began: 0) : nil
  }

  /// Has a process looked at; whether it runs.
  @discardableResult
  mutating func lookUp(at pid: Int32, _ lookUp: Lookup) -> Bool {
    // An event may have waited: whoever has the ID now need not be who had it then.
    let reading = lookUp(pid, true)
    found(reading, of: pid)
    return reading.owner != nil
  }

  /// Why all processes should be looked at anew, see `foundAll`; nil if they need not be.
  package var needsScan: ScanReason? { hasEventStream && refused == nil ? unseen : nil }

  /// All processes have been looked at since a time, and found by now. Whether that counts: not if events were lost
  /// meanwhile, or if there was no room for all.
  @discardableResult
  package mutating func foundAll(since time: Int64, by now: Int64) -> Bool {
    guard refused == nil, time >= unseenSince else { return false }
    resolveAncestry()
    resolvedUntil = now
    eventGaps.end(at: now)
    unseen = nil
    forget()
    return true
  }

  mutating func newID() -> Int {
    nextID += 1
    return nextID
  }

  /// The last process that had a PID by then, whether it still ran or not.
  func holder(of pid: Int32, at time: Int64) -> Process? {
    guard let process = latest[pid] else { return nil }
    return process.began <= time ? process : former[pid]?.last { $0.began <= time }
  }
}
