import Cgroups
import ProcFS
import ProcessEvents
import ProcessTable
import ProcessTracking
import Testing

/// What is made of process events when they are read, and of gaps between them.
@Suite struct ReceivedEventsTests {
  private static let start: Int64 = 1_000_000_000_000
  private static let millisecond: Int64 = 1_000_000
  private static let web = ProcessOwner.container(ContainerID(String(repeating: "ab", count: 32))!)

  /// Another program switches the events on after nothing was received for a while, and then a container's process makes a child that ends
  /// at once. Returns whose a record of that child is.
  private func shortLived(afterSilence silence: Int64) -> ProcessTable.Attribution {
    var now = Self.start
    func lookUp(_ pid: Int32, _ withStart: Bool) -> ProcessReading {
      guard pid == 5 else { return ProcessReading(owner: nil, threads: 0, asked: now...now) }
      return ProcessReading(owner: Self.web, began: 0, parent: 1, threads: 1, asked: now...now)
    }
    var state = ProcessTracker.State(ProcessTable(hasEventStream: true, since: now), health: EventHealth())
    var reception = ProcessConnector.Reception(last: now)
    state.receive([ProcessEvent(.exec, pid: 5, time: now)], reception, by: now, lookUp)
    state.table.foundAll(since: now, by: now)
    now += silence + 2 * Self.millisecond
    reception.silence = silence
    reception.last = now
    let events = [
      ProcessEvent(.fork(parent: 5), pid: 10, time: now - Self.millisecond),
      ProcessEvent(.exit, pid: 10, time: now),
    ]
    state.receive(events, reception, by: now, lookUp)
    #expect((state.table.needsScan == .losses) == (silence > EventHealth.silence))
    return state.table.answer(10, made: now...now)
  }

  @Test(
    "What arrives after another program has switched the events is applied, also where some before may be missing",
    arguments: [0, EventHealth.silence, EventHealth.silence + 1])
  func afterSwitch(silence: Int64) {
    #expect(shortLived(afterSilence: silence) == .inherited(Self.web))
  }
}
