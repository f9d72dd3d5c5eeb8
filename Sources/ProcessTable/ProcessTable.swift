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
public struct ProcessTable: Sendable {
  /// Why a record's process has no owner.
  public enum Unresolved: String, Sendable {
    /// It had ended when its record was read, and nothing was known of it.
    case exited = "process-exited"
    /// Another process has its ID now, or had it within the few milliseconds that a record's time leaves open.
    case reused = "pid-reused"
    /// It ended within its first moments, its parent starts containers, and nobody saw whether it was moved into one.
    case moved = "process-moved"
    /// It is not among the snapshot's processes.
    case notInSnapshot = "not-in-snapshot"
  }

  /// What is known of a record's process.
  public enum Attribution: Equatable, Sendable {
    /// Its owner, as /proc said of the process itself.
    case owner(ProcessOwner)
    /// Its owner, which is its parent's.
    case inherited(ProcessOwner)
    /// Its owner, as /proc said before it ended.
    case exited(ProcessOwner)
    case unresolved(Unresolved)
  }

  /// A process: one of all those that have, one after the other, the same PID.
  private struct Process: Sendable {
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
    /// It may have gone on after `ended`, until the PID was used again: its first thread ended, or nobody looked.
    var isOpen = true
    /// Its threads but for the first one; nil if nobody counted from the start.
    var others: Int?
    /// It, or one that it made, made a process that was moved into a container: so may others be.
    var startsContainers = false
    /// It stands in the queue of those that ended.
    var isQueued = false

    var isRunning: Bool { ended == .max }
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
    }

    mutating func take(_ reading: ProcessReading) {
      // One that exits still is whose it was.
      guard reading.owner != nil else { return }
      owner = reading.owner
      read = reading.asked.lowerBound
      readBy = reading.asked.upperBound
    }
  }

  /// The latest process of each PID.
  private var latest: [Int32: Process] = [:]
  /// Those before it, the oldest first, of PIDs that were used again.
  private var former: [Int32: [Process]] = [:]
  /// The last one that there was no room for, as long as there is none.
  private var refused: (pid: Int32, process: Process)?
  /// Those that ended, in that order.
  private var ended = EndedProcesses()
  private let most: Int
  /// When a PID that no known process had may have been one's that nobody was told of: before the start, and from the
  /// last event before a loss until all processes have been looked at.
  private var untold: ClosedRange<Int64>
  /// When the last of those that were forgotten had ended.
  private var forgotten: Int64 = .min
  /// Those that `lookAgain` looks at, and since when: those that were made by one that starts containers, and may be moved
  /// into one any moment; those whose last thread may end any moment, unseen.
  private var soon: [(pid: Int32, id: Int, since: Int64)] = []
  /// Whether events come: else what is known of a process holds for a second only.
  private let follows: Bool

  /// Start times come in hundredths of a second; a fork is told a little after that.
  static let startSlack: Int64 = 30_000_000
  /// How long `lookAgain` looks at a process, and at how many.
  package static let soonTime: Int64 = 1_000_000_000
  private static let mostSoon = 64
  /// How long records wait for their batch, at most.
  private static let recordDelay: Int64 = 60_000_000_000
  /// How long a process that is gone keeps its owner where its end is not told. A PID comes again only after all others
  /// were used, which even the smallest usual range of 32,768 does not allow in this time.
  static let trust: Int64 = 1_000_000_000

  /// Remembers at most `most` processes, of about 320 bytes each; those that ended first are forgotten first.
  ///
  /// `follows`: whether `apply` will be told of each fork, exec and exit from now on.
  public init(follows: Bool, most: Int = 65_536) {
    self.follows = follows
    untold = .min ... .max
    self.most = most
  }

  /// Processes that are known, running or not.
  public var count: Int { latest.count + formerCount }
  private var formerCount = 0
  private var nextID = 0

  // MARK: Events

  /// Looks into /proc, now. When a process began takes longer to tell, and is asked for only where it matters.
  public typealias Look = (_ pid: Int32, _ withStart: Bool) -> ProcessReading

  /// Takes an event.
  public mutating func apply(_ event: ProcessEvent, look: Look) {
    let pid = event.pid
    switch event.kind {
    case .fork(let parent): fork(pid, parent: parent, at: event.time, look)
    case .exec:
      // A thread that executes a program takes over the PID of the first one, which ends.
      if let known = latest[pid], !known.isRunning, known.isOpen { latest[pid]?.ended = .max }
      // All others have ended.
      latest[pid]?.others = 0
      if latest[pid].map({ !$0.isOpen || !$0.isInContainer }) ?? true { self.look(at: pid, look) }
    case .exit:
      guard var process = latest[pid], process.isRunning else { return }
      process.end(at: event.time)
      process.isOpen = process.others != 0
      if process.others == nil, !close(&process, pid: pid, look) {
        lookSoon(at: process, pid: pid, since: event.time)
      }
      enqueue(&process, pid: pid)
      latest[pid] = process
      forget()
    case .threadFork:
      if let others = latest[pid]?.others { latest[pid]?.others = others + 1 }
    case .threadExit:
      guard var process = latest[pid], let others = process.others else { return }
      process.others = others - 1
      if others == 1, !process.isRunning, process.isOpen {
        process.ended = event.time
        process.isOpen = false
      }
      latest[pid] = process
    }
  }

  private mutating func fork(_ pid: Int32, parent: Int32, at time: Int64, _ look: Look) {
    let maker = latest[parent].flatMap { $0.began <= time && $0.covers(time) ? $0 : nil }
    if var known = latest[pid], known.isRunning, known.read >= time,
      abs(known.began - time) <= Self.startSlack
    {
      // It was found in /proc before its event was read.
      known.began = time
      known.parent = parent
      known.inherited = maker?.owner
      known.others = 0
      latest[pid] = known
      return
    }
    retire(pid, at: time)
    var child = Process(id: newID(), parent: parent, began: time)
    child.owner = maker?.owner
    child.inherited = maker?.owner
    child.startsContainers = maker?.startsContainers ?? false
    child.others = 0
    insert(child, pid: pid)
    guard !child.isInContainer else { return }
    if !self.look(at: pid, look) {
      // Its parent may have been moved before it made the child.
      self.look(at: parent, look)
    } else if child.startsContainers {
      lookSoon(at: child, pid: pid, since: time)
    }
  }

  private mutating func lookSoon(at process: Process, pid: Int32, since time: Int64) {
    if soon.count < Self.mostSoon { soon.append((pid, process.id, time)) }
  }

  /// Of a process whose first thread has ended, and whose threads nobody has counted: whether it is over now.
  private func close(_ process: inout Process, pid: Int32, _ look: Look) -> Bool {
    let reading = look(pid, true)
    guard reading.threads.map({ $0 <= 1 }) ?? false || !isSame(process, reading) else { return false }
    // The last one ended by now.
    process.ended = max(process.ended, reading.asked.upperBound)
    process.isOpen = false
    return true
  }

  /// Whether `lookAgain` has anything to look at.
  public var looksAgain: Bool { !soon.isEmpty }

  /// Looks at those that may have been moved into a container since they were made, and at those that are about to be over.
  /// To be called every millisecond while there are any: what a container runtime executes in a container is moved there
  /// some milliseconds after it was made and some before it executes its program, which may end at once.
  public mutating func lookAgain(at now: Int64, look: Look) {
    for (pid, id, since) in soon where now - since >= Self.soonTime || !remains(pid, id, look) {
      soon.removeAll { $0.id == id }
    }
  }

  /// Looks at a process; whether to do so again.
  private mutating func remains(_ pid: Int32, _ id: Int, _ look: Look) -> Bool {
    guard var process = latest[pid], process.id == id else { return false }
    if process.isRunning {
      return !process.isInContainer && self.look(at: pid, look) && latest[pid]?.isInContainer != true
    }
    guard process.isOpen, process.others == nil, close(&process, pid: pid, look) else {
      return process.isOpen
    }
    latest[pid] = process
    return false
  }

  /// Has a process looked at; whether it runs.
  @discardableResult
  private mutating func look(at pid: Int32, _ look: Look) -> Bool {
    let reading = look(pid, latest[pid].map { !$0.isOpen } ?? true)
    found(reading, of: pid)
    return reading.owner != nil
  }

  /// Whether all processes should be looked at anew, see `foundAll`: events were lost, or there was no room for all.
  public var needsScan: Bool { follows && untold.upperBound == .max && refused == nil }

  /// All processes that ran at some time, after which no event was lost, have been found by now.
  public mutating func foundAll(by now: Int64) {
    if refused == nil { untold = untold.lowerBound...max(untold.lowerBound, now) }
  }

  /// Events were lost after `time`: what was known then may be over.
  public mutating func lost(after time: Int64) {
    // No record is left of what was before.
    let isNew = untold.upperBound < time && time - untold.upperBound > Self.recordDelay
    untold = (isNew ? time : untold.lowerBound) ... .max
    for (pid, var process) in latest where process.isOpen {
      process.isOpen = false
      process.others = nil
      if process.isRunning {
        process.end(at: max(time, process.began))
        enqueue(&process, pid: pid)
      }
      latest[pid] = process
    }
    forget()
  }

  /// Takes what /proc says of a process.
  public mutating func found(_ reading: ProcessReading, of pid: Int32) {
    guard reading.owner != nil || follows && reading.threads ?? 0 > 0 else { return }
    if follows { follow(reading, of: pid) } else { remember(reading, of: pid) }
    if case .container = reading.owner { noteStarters(of: pid) }
  }

  private mutating func follow(_ reading: ProcessReading, of pid: Int32) {
    let asked = reading.asked.lowerBound
    if var process = latest[pid], isSame(process, reading) {
      if !process.isRunning {
        // Whether it is the same cannot be told without its start.
        guard reading.began != nil else { return }
        // One that ended since goes on only if its other threads do.
        if process.ended < asked { process.ended = .max }
        process.isOpen = true
      }
      process.take(reading)
      latest[pid] = process
    } else {
      let began = reading.began ?? asked - Self.trust
      guard latest[pid].map({ $0.began < began }) ?? true else { return }
      retire(pid, at: began)
      var process = Process(id: newID(), parent: reading.parent ?? 0, began: began)
      process.take(reading)
      // Now, for its parents may be gone by the time that it matters.
      process.startsContainers = mayBeMoved(process)
      insert(process, pid: pid)
    }
  }

  /// Without events: nobody will tell its end, but no other of its PID can follow at once.
  private mutating func remember(_ reading: ProcessReading, of pid: Int32) {
    let asked = reading.asked.lowerBound
    // Where its start was not asked for, nothing is known of before.
    let began = reading.began ?? asked
    var process = Process(id: newID(), parent: 0, began: began)
    if let known = latest[pid], isSame(known, reading) {
      process = known
    } else {
      retire(pid, at: began)
    }
    process.take(reading)
    process.ended = asked + Self.trust
    process.isOpen = false
    enqueue(&process, pid: pid)
    insert(process, pid: pid)
  }

  private mutating func newID() -> Int {
    nextID += 1
    return nextID
  }

  private func isSame(_ process: Process, _ reading: ProcessReading) -> Bool {
    reading.began.map { abs(process.began - $0) <= Self.startSlack } ?? true
  }

  /// The host's processes above one that came into a container are those that start containers: the runtime's.
  private mutating func noteStarters(of pid: Int32) {
    var next = latest[pid]?.parent ?? 0
    // Such as runc, its shim, the shim's starter, and the runtime. Not the machine's first process.
    for _ in 0..<4 {
      guard next > 1, let process = latest[next], !process.isInContainer else { return }
      latest[next]?.startsContainers = true
      next = process.parent
    }
  }

  // MARK: Records

  /// Whether /proc may know more of the process that made a record at some time within `made`, which must not end after
  /// now: it runs, and nothing is known, or it may have been moved since. If so `look(for:)`, then apply the events that have
  /// come until then, so that they show whether the look came too late.
  public func needsLook(for pid: Int32, made: ClosedRange<Int64>) -> Bool {
    guard let process = latest[pid] else { return true }
    if !follows { return process.read < made.upperBound || process.began > made.upperBound }
    if process.began > made.upperBound { return false }
    if !process.covers(made.lowerBound) { return true }
    return process.isRunning && !process.isInContainer && process.read < made.upperBound
  }

  /// Looks for the process of a record.
  public mutating func look(for pid: Int32, _ look: Look) {
    found(look(pid, !follows || latest[pid]?.isRunning != true), of: pid)
  }

  /// Whether what is answered for a record holds for all later ones of its PID, until something is applied or found.
  public func isSettled(_ pid: Int32, made: ClosedRange<Int64>) -> Bool {
    former[pid] == nil && (!follows || made.lowerBound > untold.upperBound)
      && latest[pid].map { $0.began <= made.lowerBound } ?? false
  }

  /// Whose process made a record at some time within `made`, which must not end after now.
  public func answer(_ pid: Int32, made: ClosedRange<Int64>) -> Attribution {
    guard let process = latest[pid] ?? (refused?.pid == pid ? refused?.process : nil) else {
      return .unresolved(.exited)
    }
    var found = process.began <= made.upperBound && process.covers(made.lowerBound) ? process : nil
    // Before it others had the PID, each until the next.
    if let former = former[pid], process.began >= made.lowerBound {
      var end = process.began
      for process in former.reversed() {
        if process.began <= made.upperBound, end >= made.lowerBound, process.covers(made.lowerBound) {
          if let found, found.owner != process.owner { return .unresolved(.reused) }
          found = found ?? process
        }
        end = process.began
      }
    }
    if let found {
      return mayBeAnother(than: found, made: made) ? .unresolved(.reused) : answer(found, made: made)
    }
    guard process.began > made.upperBound else { return .unresolved(.exited) }
    // On a busy machine the records' clock may stand still for long. No event is missing, so nobody else had the PID.
    let isLate = process.began - made.upperBound > Self.trust
    guard follows, !isLate, former[pid] == nil, made.lowerBound >= max(untold.upperBound, forgotten) else {
      return .unresolved(.reused)
    }
    return answer(process, made: process.began...max(process.began, made.upperBound))
  }

  /// Whether a process that nobody was told of, or that has been forgotten, may have had the PID before it or after, within
  /// that time.
  private func mayBeAnother(than process: Process, made: ClosedRange<Int64>) -> Bool {
    func isUntold(from first: Int64, to last: Int64) -> Bool {
      first < last && first <= untold.upperBound && last >= untold.lowerBound
    }
    // One that may have begun after the record was made is not known to have made it.
    guard follows else { return made.lowerBound < process.began + Self.startSlack }
    if made.lowerBound < process.began, made.lowerBound <= forgotten { return true }
    return isUntold(from: made.lowerBound, to: min(process.began + Self.startSlack, made.upperBound))
      || !process.isOpen && isUntold(from: process.ended, to: made.upperBound)
  }

  private func answer(_ process: Process, made: ClosedRange<Int64>) -> Attribution {
    guard let owner = process.owner else {
      return inMovedParent(process) ?? .unresolved(.exited)
    }
    // What was asked after the record was made held for it.
    let isCertain = process.read >= made.upperBound
    if follows, case .host = owner, !isCertain {
      if let answer = inMovedParent(process) { return answer }
      if mayBeMoved(process) { return .unresolved(.moved) }
    }
    if process.read == .min { return .inherited(owner) }
    let isOver = follows ? !process.isRunning : !isCertain
    return isOver ? .exited(owner) : .owner(owner)
  }

  /// Whether it comes from one that starts containers, as far as anybody can tell.
  private func mayBeMoved(_ process: Process) -> Bool {
    var next = process
    for _ in 0..<4 {
      if next.startsContainers { return true }
      guard next.parent > 1 else { return false }
      // Of one that nobody has looked at all depends on where it comes from.
      guard let parent = latest[next.parent], parent.began <= next.began else { return process.read == .min }
      next = parent
    }
    return false
  }

  /// The container of the parent, which was found there after the child began: nobody could look at the child.
  private func inMovedParent(_ process: Process) -> Attribution? {
    guard process.read == .min, let parent = latest[process.parent],
      // Of one whose fork was not seen it is known in hundredths of a second when it began.
      parent.began + (parent.others == nil ? Self.startSlack : 0) <= process.began,
      parent.covers(process.began), parent.isInContainer, let owner = parent.owner
    else { return nil }
    return .inherited(owner)
  }

  // MARK: Memory

  private mutating func insert(_ process: Process, pid: Int32) {
    // With as many that run there is no room: they are looked at when they make a record, and all anew when there is.
    if latest[pid] == nil, count >= most, !forgetOne() {
      untold = min(untold.lowerBound, process.began) ... .max
      refused = (pid, process)
      return
    }
    refused = nil
    latest[pid] = process
  }

  /// The PID is another process's from then on.
  private mutating func retire(_ pid: Int32, at time: Int64) {
    guard var process = latest.removeValue(forKey: pid) else { return }
    if process.isRunning { process.end(at: time) }
    enqueue(&process, pid: pid)
    former[pid, default: []].append(process)
    formerCount += 1
    forget()
  }

  /// A process stands in the queue once, so that the queue is no longer than the table.
  private mutating func enqueue(_ process: inout Process, pid: Int32) {
    guard !process.isQueued else { return }
    process.isQueued = true
    ended.append(pid, process.id)
  }

  private mutating func forget() {
    while count > most, forgetOne() {}
  }

  /// Forgets the one that ended first. False if none has.
  private mutating func forgetOne() -> Bool {
    while let (pid, id) = ended.popFirst() {
      if let index = former[pid]?.firstIndex(where: { $0.id == id }) {
        if let process = former[pid]?.remove(at: index) { forgotten = max(forgotten, process.ended) }
        if former[pid]?.isEmpty == true { former[pid] = nil }
        formerCount -= 1
        return true
      }
      guard let process = latest[pid], process.id == id else { continue }
      if process.isRunning {
        latest[pid]?.isQueued = false
      } else {
        latest[pid] = nil
        forgotten = max(forgotten, process.ended)
        return true
      }
    }
    return false
  }
}
