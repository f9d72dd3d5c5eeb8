import Cgroups
import ProcFS
import ProcessEvents
import ProcessTable
import ProcessTracking
import Testing

/// How received process events are applied, and how gaps between them are handled.
@Suite struct ReceivedEventsTests {
  private static let start: Int64 = 1_000_000_000_000
  private static let millisecond: Int64 = 1_000_000
  private static let web = ProcessOwner.container(ContainerID(String(repeating: "ab", count: 32))!)

  /// Another program switches events on after nothing was received for `quietTime`. Then a container's process creates a child
  /// that ends at once. Returns the attribution of a record of that child.
  private func shortLived(after quietTime: Int64) -> ProcessTable.Answer {
    var now = Self.start
    func lookUp(_ pid: Int32, _ scope: ProcessReading.Scope) -> ProcessReading {
      guard pid == 5 else { return ProcessReading(owner: nil, threads: 0, asked: now...now) }
      return ProcessReading(owner: Self.web, began: 0, parent: 1, threads: 1, asked: now...now)
    }
    var state = ProcessTracker.State(ProcessTable(hasEventStream: true, since: now), health: EventHealth())
    var reception = ProcessConnector.Reception(last: now)
    state.receive([ProcessEvent(.exec, pid: 5, time: now)], reception, by: now, lookUp)
    state.table.endScan(since: now, by: now)
    now += quietTime + 2 * Self.millisecond
    reception.quietTime = quietTime
    reception.last = now
    let events = [
      ProcessEvent(.fork(parent: 5), pid: 10, time: now - Self.millisecond),
      ProcessEvent(.exit, pid: 10, time: now),
    ]
    state.receive(events, reception, by: now, lookUp)
    #expect((state.table.scanReason == .losses) == (quietTime > EventHealth.maxQuietTime))
    return state.table.answer(10, made: now...now)
  }

  @Test(
    "Events that arrive after another program switched them on are applied, even if earlier ones may be missing",
    arguments: [0, EventHealth.maxQuietTime, EventHealth.maxQuietTime + 1])
  func afterSwitch(quietTime: Int64) {
    #expect(shortLived(after: quietTime) == .inherited(Self.web))
  }
}
