internal import Glibc
internal import Synchronization

/// Keeps a process table up to date, with the process connector where it can be had and from /proc alone where not.
///
/// Used by two threads: the one that reads records, and one that reads process events the moment that they come, for
/// they are worth most while their process still runs.
public final class ProcessTracker: Sendable {
  /// What has happened so far.
  public struct Statistics: Equatable, Sendable {
    /// Forks, execs and exits that were told.
    public var events: UInt64 = 0
    /// How often events were lost: the buffer was full, or numbers were missing.
    public var losses: UInt64 = 0
    /// How often all of /proc was looked through.
    public var scans: UInt64 = 0
    /// Processes that are known now, running or not.
    public var processes = 0
  }

  /// Why no process events come; nil if they do.
  public let unavailable: String?
  /// For poll(2); nil without events.
  public let descriptor: Int32?

  private let procFS: ProcFS
  private let state: Mutex<State>

  fileprivate struct State: ~Copyable {
    var table: ProcessTable
    var connector: ProcessConnector?
    var events: [ProcessEvent] = []
    /// When the last event that was applied was made.
    var last = KernelClock.monotonic
    var needsScan = false
    var statistics = Statistics()
    var clock = RecordClock()
    /// When this batch had been read: all its records were made before.
    var now: Int64 = 0
  }

  /// Looks at all processes of the machine. `usesEvents` is false where PIDs are not this machine's, or to do without.
  public init(procFS: ProcFS, usesEvents: Bool = true) {
    self.procFS = procFS
    var connector: ProcessConnector?
    var reason: String? = "not asked for"
    if usesEvents {
      do throws(ProcessConnector.Unavailable) {
        connector = try ProcessConnector()
        reason = nil
      } catch {
        reason = error.description
      }
    }
    unavailable = reason
    descriptor = connector?.descriptor
    let follows = connector != nil
    state = Mutex(
      State(table: ProcessTable(follows: follows), connector: connector.take()))
    if follows { scan() }
  }

  public var statistics: Statistics {
    state.withLock { state in
      var statistics = state.statistics
      statistics.processes = state.table.count
      return statistics
    }
  }

  // MARK: Events

  /// Applies all events that have come.
  public func drain() {
    guard descriptor != nil else { return }
    state.withLock { state in state.drain(look) }
  }

  /// Looks at those that may be moved into a container any moment; whether there still are any.
  public func lookAgain() -> Bool {
    state.withLock { state in
      guard state.table.looksAgain else { return false }
      state.table.lookAgain(at: KernelClock.monotonic, look: look)
      return state.table.looksAgain
    }
  }

  /// Whether events were lost, or the table was full, so that all of /proc should be looked through.
  public var needsScan: Bool { state.withLock { $0.needsScan || $0.table.needsScan } }

  /// Looks through all of /proc. Records and events go on meanwhile.
  public func scan() {
    state.withLock { $0.needsScan = false }
    // A part at a time, so that nobody waits long.
    let processes = procFS.processes()
    for start in stride(from: 0, to: processes.count, by: 64) {
      let readings = processes[start..<min(start + 64, processes.count)].map { pid in
        (pid, procFS.reading(of: pid, withStart: true))
      }
      state.withLock { state in
        for (pid, reading) in readings { state.table.found(reading, of: pid) }
        state.drain(look)
      }
    }
    state.withLock { state in
      state.statistics.scans += 1
      // If more was lost meanwhile, this look does not count.
      if !state.needsScan { state.table.foundAll(by: KernelClock.monotonic) }
    }
  }

  private func look(_ pid: Int32, withStart: Bool) -> ProcessReading {
    procFS.reading(of: pid, withStart: withStart)
  }

  // MARK: Records

  /// To be called when a batch of records has been read, and before `attribute`: then all events of its processes are here.
  public func beginBatch() {
    state.withLock { state in
      state.now = KernelClock.monotonic
      state.clock.update()
      state.drain(look)
    }
  }

  /// Whose process made a record at a time that its stamp tells, in milliseconds since 1970.
  ///
  /// `isSettled` becomes whether the answer holds for all later records of this PID in this batch.
  public func attribute(
    _ pid: Int32, stamp milliseconds: Int64, isSettled: inout Bool
  ) -> ProcessTable.Attribution {
    state.withLock { state in
      let made = state.clock.made(stamp: milliseconds, before: state.now)
      if state.table.needsLook(for: pid, made: made) {
        // Of an old record it must be known whether the process was there by then.
        let isOld = made.lowerBound < state.now - ProcessTable.trust
        state.table.look(for: pid) { pid, withStart in look(pid, withStart: withStart || isOld) }
        state.drain(look)
      }
      isSettled = state.table.isSettled(pid, made: made)
      return state.table.answer(pid, made: made)
    }
  }
}

extension ProcessTracker.State {
  /// Applies what has come, up to an event of `end` or later: on a machine that makes events as fast as they are read there
  /// would be no other end.
  fileprivate mutating func drain(until end: Int64 = KernelClock.monotonic, _ look: ProcessTable.Look) {
    guard connector != nil else { return }
    while true {
      events.removeAll(keepingCapacity: true)
      let progress = connector!.read(into: &events)
      if progress == .lost {
        // What is left is of no use without what is missing.
        connector!.discard()
        table.lost(after: last)
        needsScan = true
        statistics.losses += 1
        return
      }
      for event in events {
        table.apply(event, look: look)
        last = event.time
      }
      statistics.events += UInt64(events.count)
      if progress == .drained || last >= end { return }
    }
  }
}

/// The time that records are stamped with, as monotonic time.
private struct RecordClock {
  /// The least and most that the wall clock was ahead of late: two, for as long as it has just been set.
  private var offsets: ClosedRange<Int64>
  private var current: Int64
  private var changed = KernelClock.monotonic

  /// Records wait no longer than this for their batch.
  private static let memory: Int64 = 60_000_000_000
  /// What reading two clocks may be off by, and the stamp's milliseconds.
  private static let slack: Int64 = 1_000_000
  /// The records' clock moves with the machine's ticks, and a busy machine leaves many out. Where a PID was used again
  /// within this time, either process may have made the record.
  private static let lateness: Int64 = 1_000_000_000

  init() {
    current = KernelClock.realOffset
    offsets = current...current
  }

  mutating func update() {
    let offset = KernelClock.realOffset
    let now = KernelClock.monotonic
    if abs(offset - current) > Self.slack {
      offsets = min(offset, offsets.lowerBound)...max(offset, offsets.upperBound)
      current = offset
      changed = now
    } else if now - changed > Self.memory {
      offsets = current...current
    }
  }

  /// When a record was made that is stamped so, in milliseconds since 1970.
  func made(stamp milliseconds: Int64, before now: Int64) -> ClosedRange<Int64> {
    let stamp = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    let real = stamp.overflow ? 0 : stamp.partialValue
    let first = real &- offsets.upperBound &- Self.slack
    let last = real &- offsets.lowerBound &+ Self.lateness
    let end = min(last, now)
    return min(first, end)...end
  }
}
