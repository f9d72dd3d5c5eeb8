package import Cgroups
internal import LinuxSystem
package import ProcFS
package import ProcessEvents
package import ProcessTable
internal import Synchronization

/// Keeps a process table up to date, with the process connector if it is available, and from /proc alone if not.
///
/// Two threads use it: one reads records, and one reads process events promptly, because they are most useful while their
/// process still runs.
package final class ProcessTracker: Sendable {
  /// The totals so far.
  package struct Statistics: Equatable, Sendable {
    /// The number of forks, execs and exits that were received.
    package var events: UInt64 = 0
    /// How often events were lost, because the buffer was full or numbers were missing.
    package var losses: UInt64 = 0
    /// How often all of /proc was scanned.
    package var scans: UInt64 = 0
    /// The number of processes that are known now, running or not.
    package var processes = 0
  }

  /// The socket of process events, for poll(2); nil if no events can be received.
  package let descriptor: Int32?
  /// The starters socket, for poll(2): if it is readable, a container may be starting. nil if there is none.
  package let startersSocket: Int32?
  /// How many events may wait to be read.
  package let capacity: Int

  private let procFS: ProcFS
  private let report: @Sendable (EventHealth.Change) -> Void
  private let wake: @Sendable () -> Void
  /// Whether all records created so far have been read.
  private let isCaughtUp = Atomic(false)
  private let state: Mutex<State>

  /// How long an ended process is remembered after all records have been read, in nanoseconds: a lookup of its children may need it.
  private static let memory: Int64 = 30_000_000_000

  /// Scans all processes of the machine. `usesEvents` is false if PIDs are not those of this machine, or to work without events.
  ///
  /// `report` receives later changes, on the thread that finds them. `wake` wakes the thread that reads events, if the other
  /// thread has drained the events that would have woken it.
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
      health: EventHealth(unavailable: "not requested"))
    if usesEvents {
      do throws(ProcessConnector.Unavailable) {
        let connector = try ProcessConnector.open()
        first.startersSocket = .open(beside: connector)
        first.connector = consume connector
        first.table = ProcessTable(hasEventStream: true, since: KernelClock.monotonic)
        first.health = EventHealth()
      } catch {
        first.health = EventHealth(unavailable: error.description)
      }
    }
    descriptor = first.connector?.descriptor
    startersSocket = first.startersSocket?.descriptor
    capacity = first.connector?.capacity ?? 0
    // This also drains what has waited in an inherited socket: those events are of processes that have ended since.
    first.checkEvents { pid, scope in procFS.reading(of: pid, scope: scope) }
    first.change = nil
    state = Mutex(first)
    // Processes are listed in any case, so that a root that is not a /proc is counted as a failure.
    if scanReason != nil { scan() } else { _ = procFS.processes() }
  }

  /// Why no process events are received; nil if they are.
  package var unavailable: String? { state.withLock { $0.health.unavailable } }

  package var statistics: Statistics {
    state.withLock { state in
      var statistics = state.statistics
      statistics.processes = state.table.count
      return statistics
    }
  }

  /// The CRI's containers that have known processes; nil without events, because then only processes with records are known.
  package var containers: Set<ContainerID>? {
    state.withLock { $0.connector == nil ? nil : $0.table.runningContainers }
  }

  /// Counts how often /proc could not be read.
  package var procFailures: ProcFailures { procFS.failures }

  /// Notifies the kernel that no more events are needed; before 6.6 it would otherwise continue to create them. Call this at the
  /// end of the program, because this object may never be released.
  package func end() {
    state.withLock { state in
      state.connector = nil
      state.startersSocket = nil
    }
  }

  // MARK: Events

  /// Applies all events that have arrived, and returns their number.
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

  /// Empties the starters socket. Call this before `drain`, which reads the events that it announced.
  package func drainStartersSocket() { state.withLock { $0.startersSocket?.drain() } }

  /// Rechecks the processes that may be moved into a container at any moment. Returns whether there still are any.
  package func recheck() -> Bool {
    state.withLock { state in
      if state.table.hasPendingRechecks {
        state.table.recheck(at: KernelClock.monotonic, lookUp: lookUp)
        state.updateStartersSocket(lookUp)
      }
      state.known = state.work
      return state.table.hasPendingRechecks
    }
  }

  /// Whether another program has switched the events off, so that this program should retry from time to time to switch them on.
  package var needsRestoration: Bool { state.withLock { $0.work.contains(.restoration) } }

  /// Tries again to switch events on.
  package func restoreEvents() {
    report(
      state.withLock { state in
        guard state.work.contains(.restoration), (try? state.connector!.switchOn()) != nil else { return nil }
        ProcessConnector.triggerEvent()
        state.drain(lookUp)
        return state.change.take()
      })
  }

  /// Why all of /proc should be scanned; nil if no scan is needed.
  package var scanReason: ProcessTable.ScanReason? { state.withLock { $0.table.scanReason } }

  /// Scans all of /proc. Records and events are processed meanwhile. Returns whether the scan counts, see `endScan`.
  @discardableResult
  package func scan() -> Bool {
    let began = KernelClock.monotonic
    let failures = procFailures[.files]
    // The scan is split into parts, so that no other thread waits long.
    let processes = procFS.processes()
    for start in stride(from: 0, to: processes.count, by: 64) {
      let readings = processes[start..<min(start + 64, processes.count)].map { pid in
        (pid, procFS.reading(of: pid, scope: .everything))
      }
      report(
        state.withLock { state in
          for (pid, reading) in readings { state.table.apply(reading, of: pid) }
          state.drain(lookUp)
          return state.change.take()
        })
    }
    return state.withLock { state in
      state.statistics.scans += 1
      defer { state.updateStartersSocket(lookUp) }
      // A process whose files could not be opened is not known to have ended.
      guard procFailures[.files] == failures else { return false }
      return state.table.endScan(since: began, by: KernelClock.monotonic)
    }
  }

  private func report(_ change: EventHealth.Change?) { if let change { report(change) } }

  private func lookUp(_ pid: Int32, scope: ProcessReading.Scope) -> ProcessReading {
    procFS.reading(of: pid, scope: scope)
  }

  // MARK: Records

  /// Notes whether all records created so far have been read, so that the reader waits for more.
  package func recordsAreRead(_ areRead: Bool) { isCaughtUp.store(areRead, ordering: .relaxed) }

  /// Applies the waiting events. Call this after reading a batch of records and before `attribute`, so that all events of their
  /// processes are known.
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

  /// Attributes a record to the owner of its process. `milliseconds` is the record's time stamp since 1970.
  ///
  /// `isSettled` becomes whether the answer holds for all later records of this PID in this batch.
  package func attribute(
    _ pid: Int32, stamp milliseconds: Int64, isSettled: inout Bool
  ) -> ProcessTable.Answer {
    state.withLock { state in
      guard let made = state.clock.made(stamp: milliseconds, before: state.now) else {
        isSettled = false
        return .unresolved(.notInSnapshot)
      }
      if state.table.needsLookup(for: pid, made: made) {
        // For an old record the lookup must show whether the process existed by then.
        let isOld = made.lowerBound < state.now - ProcessTable.pidReuseGrace
        state.table.lookUp(for: pid) { pid, scope in lookUp(pid, scope: isOld ? .everything : scope) }
        state.drain(lookUp)
        state.wake(wake)
      }
      isSettled = state.table.isSettled(pid, made: made)
      return state.table.answer(pid, made: made)
    }
  }
}
