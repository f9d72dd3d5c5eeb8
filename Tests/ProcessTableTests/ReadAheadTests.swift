import Cgroups
import ProcessEvents
import Testing

/// Children of a process that is read only after its end, when another one may have its PID.
@Suite struct ReadAheadTests {
  /// 10 is created by one of the processes that share 6's PID namespace. It creates 11, which creates 12, and others. Then 10 ends, and it
  /// is read after all these events.
  private func ended(
    _ reading: ProcessOwner, others: Range<Int32> = 0..<0, maxCount: Int = 1000,
    then events: [(kind: ProcessEvent.Kind, pid: Int32)] = []
  ) -> ProcessTableFixture {
    var fixture = ProcessTableFixture(maxCount: maxCount)
    fixture.owners = [
      5: ProcessTableFixture.runtime, 6: MixedParentTests.pause, 7: ProcessTableFixture.web,
      8: ProcessTableFixture.db,
    ]
    fixture.parents = [6: 5, 7: 5, 8: 5]
    fixture.namespaces = [6: MixedParentTests.first, 7: MixedParentTests.entrant]
    fixture.scan()
    fixture.owners[10] = reading
    fixture.starts[10] = fixture.time
    fixture.parents[10] = 6
    fixture.reportTogether(
      [(.fork(parent: 6), 10), (.fork(parent: 10), 11), (.fork(parent: 11), 12)]
        + others.map { (.fork(parent: 10), $0) } + [(.exit, 12), (.exit, 10)] + events)
    fixture.owners[10] = nil
    return fixture
  }

  @Test("A reading after a process's end is valid for its children if no other process had its PID by then")
  func alone() {
    var fixture = ended(ProcessTableFixture.web)
    #expect(fixture.record(of: 11) == .inherited(ProcessTableFixture.web))
    #expect(fixture.record(of: 12, before: 1) == .inherited(ProcessTableFixture.web))
    fixture.report(.fork(parent: 8), 10)
    #expect(fixture.record(of: 11) == .inherited(ProcessTableFixture.web))
    #expect(fixture.record(of: 12, before: 2) == .inherited(ProcessTableFixture.web))
  }

  @Test("If the reading was of another process, the first one's descendants are unresolved")
  func successor() {
    var fixture = ended(ProcessTableFixture.db, then: [(.fork(parent: 8), 10)])
    #expect(fixture.record(of: 10) == .inherited(ProcessTableFixture.db))
    #expect(fixture.record(of: 11) == .unresolved(.moved))
    #expect(fixture.record(of: 12, before: 2) == .unresolved(.moved))
    fixture.owners[11] = ProcessTableFixture.web
    fixture.report(.exec, 11)
    #expect(fixture.record(of: 11) == .owner(ProcessTableFixture.web))
  }

  @Test(
    "If events are missing after a process's end, the reading may be of another process: its descendants are unresolved"
  )
  func lost() {
    var fixture = ended(ProcessTableFixture.db)
    let last = fixture.time - ProcessTableFixture.millisecond
    fixture.table.noteLoss(after: last, by: fixture.time)
    #expect(fixture.table.answer(11, made: last...last) == .unresolved(.moved))
  }

  @Test(
    "Descendants in a compact set of a full table are unresolved, too, if the reading was of another process",
    arguments: [false, true])
  func compactSet(hasSuccessor: Bool) {
    let others: Range<Int32> = 100..<200
    var fixture = ended(
      ProcessTableFixture.db, others: others, maxCount: 64, then: hasSuccessor ? [(.fork(parent: 8), 10)] : []
    )
    fixture.time += 2000 * ProcessTableFixture.millisecond
    for pid in others {
      fixture.exit(pid)
      let answer = fixture.record(of: pid, before: 1)
      if hasSuccessor {
        #expect([.unresolved(.moved), .unresolved(.exited)].contains(answer))
      } else {
        #expect(answer == .inherited(ProcessTableFixture.db))
      }
    }
  }
}
