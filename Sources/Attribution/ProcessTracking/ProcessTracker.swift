package import Cgroups
internal import LinuxSystem
package import ProcFS
package import ProcessEvents
package import ProcessTable
internal import Synchronization

/// Keeps a process table up to date, with the process connector where it can be had and from /proc alone where not.
///
/// Used by two threads: the one that reads records, and one that reads process events in time, for they are worth most while their
/// process still runs.
package final class ProcessTracker: Sendable {
  /// What has happened so far.
  package struct Statistics: Equatable, Sendable {
    /// Forks, execs and exits that were told.
    package var events: UInt64 = 0
    /// How often events were lost: the buffer was full, or numbers were missing.
    package var losses: UInt64 = 0
    /// How often all of /proc was looked through.
    package var scans: UInt64 = 0
    /// Processes that are known now, running or not.
    package var processes = 0
  }

  /// For poll(2); nil where no events can come.
  package let descriptor: Int32?
  /// For poll(2): a container may be starting, see `ContainerStartAlarm`. nil where nothing reports that.
  package let alarm: Int32?
  /// Events that may wait to be read.
  package let capacity: Int

  private let procFS: ProcFS
  private let report: @Sendable (EventHealth.Change) -> Void
  private let wake: @Sendable () -> Void
  /// Whether all records have been read that were made.
  private let isCaughtUp = Atomic(false)
  private let state: Mutex<State>

  /// How long one that ended is remembered, in nanoseconds, where all records have been read: its children may be asked for it.
  private static let memory: Int64 = 30_000_000_000

  /// Looks at all processes of the machine. `usesEvents` is false where PIDs are not this machine's, or to do without.
  ///
  /// `report` is told of what changes later, by the thread that finds it; `wake` has the thread that reads events go on, where the other
  /// one has read those for which it would.
  package init(
    procFS: ProcFS, usesEvents: Bool = true,
    wake: @escaping @Sendable () -> Void = {},
    report: @escaping @Sendable (EventHealth.Change) -> Void = { _ in }
  ) {
    self.procFS = procFS
    self.wake = wake
    self.report = report
    var first = State(
      ProcessTable(hasEventStream: false, since: KernelClock.monotonic),
      health: EventHealth(unavailable: "not asked for"))
    if usesEvents {
      do throws(ProcessConnector.Unavailable) {
        let connector = try ProcessConnector.open()
        first.alarm = .open(beside: connector)
        first.connector = consume connector
        first.table = ProcessTable(hasEventStream: true, since: KernelClock.monotonic)
        first.health = EventHealth()
      } catch {
        first.health = EventHealth(unavailable: error.description)
      }
    }
    descriptor = first.connector?.descriptor
    alarm = first.alarm?.descriptor
    capacity = first.connector?.capacity ?? 0
    // Also takes what has waited in a socket that was handed over: it tells of processes that have ended since.
    first.checkEvents { pid, withStart in procFS.reading(of: pid, withStart: withStart) }
    first.change = nil
    state = Mutex(first)
    // All are listed in any case, so that a root that is none is counted as a failure.
    if needsScan != nil { scan() } else { _ = procFS.processes() }
  }

  /// Why no process events come; nil if they do.
  package var unavailable: String? { state.withLock { $0.health.unavailable } }

  package var statistics: Statistics {
    state.withLock { state in
      var statistics = state.statistics
      statistics.processes = state.table.count
      return statistics
    }
  }

  /// The containers of the CRI in which processes run that are known; nil without events, for then only processes that made records are.
  package var containers: Set<ContainerID>? {
    state.withLock { $0.connector == nil ? nil : $0.table.runningContainers }
  }

  /// How often /proc could not be read.
  package var procFailures: ProcFailures { procFS.failures }

  /// Tells the kernel that no events are needed any more, which before 6.6 goes on to make them otherwise. To be called at the end of the
  /// program: who holds this then may never let go of it.
  package func end() {
    state.withLock { state in
      state.connector = nil
      state.alarm = nil
    }
  }

  // MARK: Events

  /// Applies all events that have come, and returns how many that were.
  @discardableResult
  package func drain() -> UInt64 {
    guard descriptor != nil else { return 0 }
    var count: UInt64 = 0
    report(
      state.withLock { state in
        let before = state.statistics.events
        state.drain(lookUp)
        count = state.statistics.events - before
        if isCaughtUp.load(ordering: .relaxed) {
          state.table.forget(endedBefore: KernelClock.monotonic - Self.memory)
        }
        return state.change.take()
      })
    return count
  }

  /// What the alarm has reported is forgotten: to be called before `drain`, which reads of it.
  package func silenceAlarm() { state.withLock { $0.alarm?.silence() } }

  /// Looks at those that may be moved into a container any moment; whether there still are any.
  package func recheck() -> Bool {
    state.withLock { state in
      if state.table.hasPendingRechecks {
        state.table.recheck(at: KernelClock.monotonic, lookUp: lookUp)
        state.updateAlarm(lookUp)
      }
      state.known = state.work
      return state.table.hasPendingRechecks
    }
  }

  /// Whether another program has switched the events off, so that it should be tried again now and then to switch them on.
  package var needsRestoration: Bool { state.withLock { $0.work.contains(.restoration) } }

  /// Tries again to switch events on.
  package func restoreEvents() {
    report(
      state.withLock { state in
        guard state.work.contains(.restoration), (try? state.connector!.switchOn()) != nil else { return nil }
        ProcessConnector.makeEvent()
        state.drain(lookUp)
        return state.change.take()
      })
  }

  /// Why all of /proc should be looked through; nil if it need not be.
  package var needsScan: ProcessTable.ScanReason? { state.withLock { $0.table.needsScan } }

  /// Looks through all of /proc. Records and events go on meanwhile. Whether that counts, see `foundAll`.
  @discardableResult
  package func scan() -> Bool {
    let began = KernelClock.monotonic
    let failures = procFailures[.files]
    // A part at a time, so that nobody waits long.
    let processes = procFS.processes()
    for start in stride(from: 0, to: processes.count, by: 64) {
      let readings = processes[start..<min(start + 64, processes.count)].map { pid in
        (pid, procFS.reading(of: pid, withStart: true))
      }
      report(
        state.withLock { state in
          for (pid, reading) in readings { state.table.found(reading, of: pid) }
          state.drain(lookUp)
          return state.change.take()
        })
    }
    return state.withLock { state in
      state.statistics.scans += 1
      defer { state.updateAlarm(lookUp) }
      // Processes that could not be opened are not known to have ended.
      guard procFailures[.files] == failures else { return false }
      return state.table.foundAll(since: began, by: KernelClock.monotonic)
    }
  }

  private func report(_ change: EventHealth.Change?) { if let change { report(change) } }

  private func lookUp(_ pid: Int32, withStart: Bool) -> ProcessReading {
    procFS.reading(of: pid, withStart: withStart)
  }

  // MARK: Records

  /// Whether all records have been read that were made, so that more are waited for.
  package func recordsAreRead(_ areRead: Bool) { isCaughtUp.store(areRead, ordering: .relaxed) }

  /// To be called when a batch of records has been read, and before `attribute`: then all events of its processes are here.
  package func beginBatch() {
    report(
      state.withLock { state in
        state.now = KernelClock.monotonic
        state.clock.update()
        state.drain(lookUp)
        state.checkEvents(lookUp)
        state.wake(wake)
        return state.change.take()
      })
  }

  /// Whose process made a record at a time that its stamp tells, in milliseconds since 1970.
  ///
  /// `isSettled` becomes whether the answer holds for all later records of this PID in this batch.
  package func attribute(
    _ pid: Int32, stamp milliseconds: Int64, isSettled: inout Bool
  ) -> ProcessTable.Attribution {
    state.withLock { state in
      let made = state.clock.made(stamp: milliseconds, before: state.now)
      if state.table.needsLookup(for: pid, made: made) {
        // Of an old record it must be known whether the process was there by then.
        let isOld = made.lowerBound < state.now - ProcessTable.pidReuseGrace
        state.table.lookUp(for: pid) { pid, withStart in lookUp(pid, withStart: withStart || isOld) }
        state.drain(lookUp)
        state.wake(wake)
      }
      isSettled = state.table.isSettled(pid, made: made)
      return state.table.answer(pid, made: made)
    }
  }
}
