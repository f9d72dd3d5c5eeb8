internal import LinuxSystem
package import ProcessEvents
package import ProcessTable

extension ProcessTracker {
  /// The state that both threads share.
  package struct State: ~Copyable {
    package var table: ProcessTable
    var connector: ProcessConnector?
    var startersSocket: StartersSocket?
    var health: EventHealth
    var events: [ProcessEvent] = []
    /// The work that the thread that reads events already knows of.
    var known: Work = []
    /// The change that is pending to be reported.
    var change: EventHealth.Change?
    var statistics = Statistics()
    var clock = RecordClock()
    /// When the current batch had been read: all its records were created before.
    var now: Int64 = 0

    package init(_ table: ProcessTable, health: EventHealth) {
      self.table = table
      self.health = health
    }
  }

  /// The further work of the thread that reads events.
  struct Work: OptionSet {
    let rawValue: Int
    static let rechecks = Work(rawValue: 1)
    static let scan = Work(rawValue: 2)
    static let restoration = Work(rawValue: 4)
  }
}

extension ProcessTracker.State {
  /// Applies the available events, up to an event of `end` or later: on a machine that creates events as fast as they are read,
  /// this would not end otherwise. Returns whether none was lost.
  @discardableResult
  mutating func drain(until end: Int64 = KernelClock.monotonic, _ lookUp: ProcessTable.Lookup) -> Bool {
    guard connector != nil else { return true }
    var end = end
    while true {
      events.removeAll(keepingCapacity: true)
      var reception = ProcessConnector.Reception(last: health.last)
      let progress = connector!.read(into: &events, reception: &reception)
      if progress == .lost {
        // The remaining events are of no use without the lost ones.
        connector!.discard()
        noteLoss()
        return false
      }
      receive(events, reception, by: KernelClock.monotonic, lookUp)
      guard progress == .drained || health.hasReceived(since: end) else { continue }
      guard watchStarters() else { return true }
      // Forks by the new processes from before the filter's update have arrived by now.
      end = KernelClock.monotonic
    }
  }

  /// Applies events that were read by `now`, in nanoseconds of the monotonic clock. None is missing between them.
  package mutating func receive(
    _ events: [ProcessEvent], _ reception: ProcessConnector.Reception, by now: Int64,
    _ lookUp: ProcessTable.Lookup
  ) {
    // The loss is noted before the events are applied: they are complete since then, and all that is known of the short-lived
    // processes of that time.
    if health.mayHaveMissed(after: reception.quietTime) { noteLoss(by: now, isCertain: false) }
    if let last = reception.last { note(health.received(at: last)) }
    for event in events { table.apply(event, lookUp: lookUp) }
    statistics.events += UInt64(events.count)
  }

  /// Makes the starters socket receive forks by the processes that start containers now. Returns whether these processes have changed.
  private mutating func watchStarters() -> Bool {
    guard startersSocket != nil, let starters = table.changedStarters() else { return false }
    startersSocket!.watch(starters)
    return true
  }

  /// Updates the filter of the starters socket. If the processes have changed, also applies the events that have arrived meanwhile.
  mutating func updateStartersSocket(_ lookUp: ProcessTable.Lookup) { if watchStarters() { drain(lookUp) } }

  var work: ProcessTracker.Work {
    var work: ProcessTracker.Work = []
    if table.hasPendingRechecks { work.insert(.rechecks) }
    if table.scanReason != nil { work.insert(.scan) }
    if connector != nil, health.unavailable != nil { work.insert(.restoration) }
    return work
  }

  /// Wakes the thread that reads events, if there is more work than it knows of.
  mutating func wake(_ wake: () -> Void) {
    guard !known.isSuperset(of: work) else { return }
    known.formUnion(work)
    wake()
  }

  /// Only a loss that is certain is counted and reported.
  private mutating func noteLoss(by now: Int64 = KernelClock.monotonic, isCertain: Bool = true) {
    table.noteLoss(after: health.last ?? .min, by: now)
    if isCertain { statistics.losses += 1 }
  }

  /// Verifies that no event until now is missing.
  mutating func checkEvents(_ lookUp: ProcessTable.Lookup) {
    guard connector != nil, health.needsProbe(at: now), !receivesOwnEvent(lookUp) else { return }
    // 'process-events' sets the filter of the shared socket as if no process read it, so the filter is set again.
    connector!.filter()
    guard !receivesOwnEvent(lookUp) else { return }
    var reason: String?
    do throws(ProcessConnector.Unavailable) {
      try connector!.switchOn()
    } catch {
      reason =
        "no process events arrive, and this program cannot switch them on: see 'audit-enricher process-events' (\(error))"
    }
    // Events were received until now, so some may have been lost.
    if health.last != nil { noteLoss() }
    if let reason { note(health.streamLost(reason)) }
  }

  /// Whether an event that is triggered now is received: the kernel puts it into the buffer before the call returns.
  private mutating func receivesOwnEvent(_ lookUp: ProcessTable.Lookup) -> Bool {
    let triggered = KernelClock.monotonic
    ProcessConnector.triggerEvent()
    // If some events were lost, the stream is alive.
    return !drain(lookUp) || health.hasReceived(since: triggered)
  }

  /// What was known with events is of no use without them, and vice versa, so the table starts again.
  private mutating func note(_ change: EventHealth.Change?) {
    guard let change else { return }
    self.change = change
    table = ProcessTable(hasEventStream: change == .streamRestored, since: KernelClock.monotonic)
  }
}
