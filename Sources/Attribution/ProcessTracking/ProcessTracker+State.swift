internal import LinuxSystem
package import ProcessEvents
package import ProcessTable

extension ProcessTracker {
  /// What both threads share.
  package struct State: ~Copyable {
    package var table: ProcessTable
    var connector: ProcessConnector?
    var alarm: ContainerStartAlarm?
    var health: EventHealth
    var events: [ProcessEvent] = []
    /// What the thread that reads events knows that it has to do.
    var known: Work = []
    /// Not reported yet.
    var change: EventHealth.Change?
    var statistics = Statistics()
    var clock = RecordClock()
    /// When this batch had been read: all its records were made before.
    var now: Int64 = 0

    package init(_ table: ProcessTable, health: EventHealth) {
      self.table = table
      self.health = health
    }
  }

  /// What there is to do for the thread that reads events, beside that.
  struct Work: OptionSet {
    let rawValue: Int
    static let looks = Work(rawValue: 1)
    static let scan = Work(rawValue: 2)
    static let restoration = Work(rawValue: 4)
  }
}

extension ProcessTracker.State {
  /// Applies what has come, up to an event of `end` or later: on a machine that makes events as fast as they are read there
  /// would be no other end. Whether all of it was there.
  @discardableResult
  mutating func drain(until end: Int64 = KernelClock.monotonic, _ lookUp: ProcessTable.Lookup) -> Bool {
    guard connector != nil else { return true }
    var end = end
    while true {
      events.removeAll(keepingCapacity: true)
      var reception = ProcessConnector.Reception(last: health.last)
      let progress = connector!.read(into: &events, reception: &reception)
      if progress == .lost {
        // What is left is of no use without what is missing.
        connector!.discard()
        lose()
        return false
      }
      receive(events, reception, by: KernelClock.monotonic, lookUp)
      guard progress == .drained || health.hasReceived(since: end) else { continue }
      guard watchStarters() else { return true }
      // What those have made before the alarm reports it is there by now.
      end = KernelClock.monotonic
    }
  }

  /// Applies events that were read by `now`, in nanoseconds of the monotonic clock: none is missing between them.
  package mutating func receive(
    _ events: [ProcessEvent], _ reception: ProcessConnector.Reception, by now: Int64,
    _ lookUp: ProcessTable.Lookup
  ) {
    // What has arrived since then is complete, and all that is known of the short-lived processes of that time.
    if health.mayHaveMissed(after: reception.silence) { lose(by: now, isCertain: false) }
    if let last = reception.last { note(health.received(at: last)) }
    for event in events { table.apply(event, lookUp: lookUp) }
    statistics.events += UInt64(events.count)
  }

  /// Has the alarm report forks by those that start containers now. Whether they have changed.
  private mutating func watchStarters() -> Bool {
    guard alarm != nil, let starters = table.changedStarters() else { return false }
    alarm!.watch(starters)
    return true
  }

  /// Likewise, and applies what those have done meanwhile.
  mutating func updateAlarm(_ lookUp: ProcessTable.Lookup) { if watchStarters() { drain(lookUp) } }

  var work: ProcessTracker.Work {
    var work: ProcessTracker.Work = []
    if table.hasPendingRechecks { work.insert(.looks) }
    if table.needsScan != nil { work.insert(.scan) }
    if connector != nil, health.unavailable != nil { work.insert(.restoration) }
    return work
  }

  /// Has the thread that reads events go on, if there is more for it to do than it knows of.
  mutating func wake(_ wake: () -> Void) {
    guard !known.isSuperset(of: work) else { return }
    known.formUnion(work)
    wake()
  }

  /// Only what is certain is counted and told.
  private mutating func lose(by now: Int64 = KernelClock.monotonic, isCertain: Bool = true) {
    table.lost(after: health.last ?? .min, by: now)
    if isCertain { statistics.losses += 1 }
  }

  /// Makes sure that no event is missing of what has happened until now.
  mutating func checkEvents(_ lookUp: ProcessTable.Lookup) {
    guard connector != nil, health.needsProbe(at: now), !receivesOwnEvent(lookUp) else { return }
    // 'process-events' filters the socket that it shares with us as if nobody read it.
    connector!.filter()
    guard !receivesOwnEvent(lookUp) else { return }
    var reason: String?
    do throws(ProcessConnector.Unavailable) {
      try connector!.switchOn()
    } catch {
      reason =
        "the process connector is silent, and this program cannot switch it on: see 'audit-enricher process-events' (\(error))"
    }
    // Until now some were.
    if health.last != nil { lose() }
    if let reason { note(health.streamLost(reason)) }
  }

  /// Whether an event that is made now is told: the kernel puts it into the buffer before it is made.
  private mutating func receivesOwnEvent(_ lookUp: ProcessTable.Lookup) -> Bool {
    let made = KernelClock.monotonic
    ProcessConnector.makeEvent()
    // Where some were lost, they come.
    return !drain(lookUp) || health.hasReceived(since: made)
  }

  /// What was known with events is of no use without, nor the other way round.
  private mutating func note(_ change: EventHealth.Change?) {
    guard let change else { return }
    self.change = change
    table = ProcessTable(hasEventStream: change == .streamRestored, since: KernelClock.monotonic)
  }
}
