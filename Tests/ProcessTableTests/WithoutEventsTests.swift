import Testing

/// /proc alone.
@Suite struct WithoutEventsTests {
  @Test(
    "Without events a container's process that ended is remembered until a second after it began, and not longer"
  )
  func remembered() {
    var bench = Bench(follows: false)
    bench.owners = [7: Bench.web, 8: Bench.web, 9: Bench.sshd]
    bench.starts = [7: bench.time - 100 * Bench.millisecond, 9: bench.time - 100 * Bench.millisecond]
    #expect(bench.record(of: 7) == .owner(Bench.web))
    #expect(bench.record(of: 8) == .owner(Bench.web))
    #expect(bench.record(of: 9) == .owner(Bench.sshd))
    bench.owners = [:]
    bench.time += 800 * Bench.millisecond
    #expect(bench.record(of: 7) == .exited(Bench.web))
    // It is an old one, and the next of its ID may have come right after it.
    #expect(bench.record(of: 8) == .unresolved(.exited))
    // It may have been moved into a container.
    #expect(bench.record(of: 9) == .unresolved(.exited))
    // Its record may be of after that second.
    let window = bench.time...bench.time + 200 * Bench.millisecond
    #expect(bench.table.answer(7, made: window) == .unresolved(.exited))
    bench.time += 200 * Bench.millisecond
    #expect(bench.record(of: 7) == .unresolved(.exited))
  }

  @Test("Without events a record from before a process began is not said to be that one's")
  func reusedWithoutEvents() {
    var bench = Bench(follows: false)
    bench.owners[8] = Bench.web
    #expect(bench.record(of: 8) == .owner(Bench.web))
    // Its PID is another's now, and a record of it is still to come.
    bench.time += 5 * Bench.millisecond
    bench.owners[8] = Bench.db
    bench.starts[8] = bench.time
    #expect(bench.record(of: 8, before: 3) == .unresolved(.reused))
    #expect(bench.record(of: 8) == .unresolved(.reused))
    bench.owners[9] = Bench.db
    bench.starts[9] = bench.time
    #expect(bench.record(of: 9, before: 3) == .unresolved(.reused))
    bench.time += 200 * Bench.millisecond
    #expect(bench.record(of: 8) == .owner(Bench.db))
  }
}
