import ProcessTable
import Testing

/// Processes of a container in the host's PID namespace that have entered another container's namespace, where its first process adopts
/// their orphans.
@Suite struct EntrantTests {
  @Test("Orphans of a process that was first read after it had entered the other namespace are followed")
  func readInOtherNamespace() {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.scan()
    // The runtime created this process, and it was read late, so the owner of its first child is not known from it.
    fixture.owners[8] = ProcessTableFixture.db
    fixture.namespaces[8] = MixedParentTests.host
    fixture.starts[8] = fixture.time + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 8, after: 20)
    fixture.time -= 10 * ProcessTableFixture.millisecond
    fixture.owners[20] = ProcessTableFixture.db
    fixture.namespaces[20] = MixedParentTests.entrant
    fixture.starts[20] = fixture.time + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 8), 20)
    fixture.time += 20 * ProcessTableFixture.millisecond
    fixture.fork(21, from: 20)
    fixture.parents[21] = 6
    fixture.exit(20)
    #expect(fixture.shortLived(11, from: 6) == .unresolved(.moved))
    fixture.exit(21)
    #expect(fixture.shortLived(12, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "If an orphan's parent ends between the reading of the orphan and its application, the orphan's new parent is unknown"
  )
  func endedWhileScanned() {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.owners.merge([20: ProcessTableFixture.db, 21: ProcessTableFixture.db]) { $1 }
    fixture.parents.merge([20: 7, 21: 20]) { $1 }
    for pid in [20, 21] as [Int32] { fixture.namespaces[pid] = MixedParentTests.entrant }
    fixture.scan { fixture in
      fixture.parents[21] = 6
      fixture.exit(20)
    }
    #expect(fixture.shortLived(11, from: 6) == .unresolved(.moved))
  }

  @Test(
    "A short-lived child of a namespace's first process from before the first scan is attributed after the scan if no container is in the host's namespace",
    arguments: [false, true])
  func start(hasEntrant: Bool) {
    var fixture = ProcessTableFixture.withHostPIDContainer
    if !hasEntrant { fixture.namespaces[7] = MixedParentTests.first }
    fixture.report(.exec, 6)
    var began: [Int32: Int64] = [:]
    // The same is true for a child of such a child.
    for (pid, parent) in [(10, 6), (11, 6), (12, 11)] as [(Int32, Int32)] {
      fixture.report(.fork(parent: parent), pid)
      began[pid] = fixture.time
    }
    for pid in began.keys {
      fixture.report(.exit, pid)
      #expect(fixture.table.answer(pid, made: began[pid]!...began[pid]!) == .unresolved(.moved))
    }
    fixture.scan()
    for pid in began.keys {
      let answer = fixture.table.answer(pid, made: began[pid]!...began[pid]!)
      #expect(answer == (hasEntrant ? .unresolved(.moved) : .inherited(ProcessTableFixture.web)))
    }
    #expect(fixture.shortLived(13, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "After a loss, a namespace's first process may have adopted an orphan if a container is in the host's namespace",
    arguments: [false, true])
  func adoptedUnseen(hasEntrant: Bool) {
    var fixture = ProcessTableFixture.withHostPIDContainer
    if !hasEntrant { fixture.namespaces[7] = MixedParentTests.first }
    fixture.scan()
    fixture.table.noteLoss(after: fixture.time, by: fixture.time + ProcessTableFixture.millisecond)
    fixture.time += 2 * ProcessTableFixture.millisecond
    // The parent counts as ended and is read for this child, which cannot be read.
    fixture.report(.fork(parent: 6), 11)
    fixture.time += 50 * ProcessTableFixture.millisecond
    #expect(
      fixture.record(of: 11) == (hasEntrant ? .unresolved(.moved) : .inherited(ProcessTableFixture.web)))
  }

  @Test("A child that was created before the first scan and still runs is read, and affects its siblings")
  func startedEarly() {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.report(.exec, 6)
    fixture.report(.fork(parent: 6), 9)
    fixture.starts[9] = fixture.time
    fixture.owners[9] = ProcessTableFixture.web
    #expect(fixture.record(of: 9) == .owner(ProcessTableFixture.web))
    fixture.exit(9)
    fixture.report(.fork(parent: 6), 10)
    fixture.scan()
    #expect(fixture.shortLived(11, from: 6) == .unresolved(.moved))
    fixture.starts[10] = fixture.time - 3 * ProcessTableFixture.millisecond
    fixture.owners[10] = ProcessTableFixture.web
    #expect(fixture.record(of: 10) == .owner(ProcessTableFixture.web))
    #expect(fixture.shortLived(12, from: 6) == .inherited(ProcessTableFixture.web))
  }

  /// 20 has entered a container's namespace, and has created 21.
  private func entered() -> ProcessTableFixture {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.scan()
    fixture.fork(20, from: 7)
    fixture.namespaces[20] = MixedParentTests.entrant
    fixture.fork(21, from: 20)
    fixture.namespaces[21] = MixedParentTests.entrant
    fixture.parents[21] = 20
    return fixture
  }

  @Test(
    "Siblings that an orphan creates before its parent's exit is reported do not belong to the other container"
  )
  func beforeExit() {
    var fixture = entered()
    fixture.parents[21] = 6
    #expect(fixture.shortLived(11, from: 6) == .unresolved(.moved))
    // The same is true if the orphan has ended before it can be read.
    fixture = entered()
    fixture.owners[21] = nil
    #expect(fixture.shortLived(12, from: 6) == .unresolved(.moved))
    fixture.exit(21)
    #expect(fixture.shortLived(13, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "A process that entered a namespace and is not a child of its first process does not affect that process's children"
  )
  func childOfEntrant() {
    var fixture = entered()
    #expect(fixture.shortLived(11, from: 6) == .inherited(ProcessTableFixture.web))
    // An orphan in one namespace does not affect the children of another namespace's first process.
    fixture.owners[9] = MixedParentTests.pause
    fixture.namespaces[9] = MixedParentTests.first
    fixture.starts[9] = fixture.time + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 9)
    fixture.parents[21] = 6
    #expect(fixture.shortLived(12, from: 9) == .inherited(MixedParentTests.pause))
    let lookups = fixture.lookups
    #expect(fixture.shortLived(13, from: 9) == .inherited(MixedParentTests.pause))
    #expect(fixture.lookups == lookups)
  }

  @Test("If too many processes may be orphans, they are not all read for each child")
  func manyEntrants() {
    var fixture = entered()
    for pid in 100..<200 as Range<Int32> {
      fixture.fork(pid, from: 20)
      fixture.namespaces[pid] = MixedParentTests.entrant
      fixture.parents[pid] = 20
    }
    let lookups = fixture.lookups
    #expect(fixture.shortLived(11, from: 6) == .unresolved(.moved))
    #expect(fixture.lookups - lookups < 12)
  }

  @Test(
    "A process in the host's PID namespace costs one reading of /proc at most, for a child of another namespace's first process"
  )
  func cost() {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.scan()
    let lookups = fixture.lookups
    fixture.fork(20, from: 7)
    for pid in 100..<200 as Range<Int32> {
      fixture.fork(pid, from: 20)
      fixture.namespaces[pid] = MixedParentTests.host
      fixture.parents[pid] = 20
    }
    #expect(fixture.lookups == lookups)
    for pid in 1000..<1100 as Range<Int32> {
      #expect(fixture.shortLived(pid, from: 7) == .inherited(ProcessTableFixture.db))
    }
    #expect(fixture.lookups == lookups)
    for pid in 2000..<2100 as Range<Int32> { _ = fixture.shortLived(pid, from: 6) }
    #expect(fixture.shortLived(3000, from: 6) == .inherited(ProcessTableFixture.web))
  }

  @Test(
    "Children that were created before their container was known to be in the host's namespace are followed, too"
  )
  func foundLate() {
    var fixture = ProcessTableFixture.withHostPIDContainer
    fixture.owners[7] = nil
    fixture.scan()
    // The namespace of the container's first process was not read.
    fixture.owners[8] = ProcessTableFixture.db
    fixture.starts[8] = fixture.time + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 8)
    fixture.fork(20, from: 8)
    fixture.fork(21, from: 20)
    fixture.namespaces[8] = MixedParentTests.host
    fixture.owners[9] = ProcessTableFixture.db
    fixture.namespaces[9] = MixedParentTests.host
    fixture.starts[9] = fixture.time + ProcessTableFixture.millisecond
    fixture.report(.fork(parent: 5), 9)
    fixture.parents[21] = 6
    fixture.exit(20)
    #expect(fixture.shortLived(11, from: 6) == .unresolved(.moved))
  }
}
