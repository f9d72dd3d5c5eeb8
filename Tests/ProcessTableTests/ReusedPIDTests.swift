import Cgroups
import ProcFS
import Testing

/// Processes whose ID another one has right after their end.
@Suite struct ReusedPIDTests {
  @Test(
    "A child of a process is not the next one's with its parent's ID, which was found before the fork was reported"
  )
  func parentFoundEarly() {
    var bench = Bench(running: [5: Bench.web, 6: Bench.db])
    bench.fork(10, from: 5)
    bench.time += 2000 * Bench.millisecond
    // Start times are in hundredths of a second: the next one seems to be there already as the first one makes a child.
    let next = ProcessReading(
      owner: Bench.db, began: bench.time - 5 * Bench.millisecond, parent: 6, threads: 1,
      asked: bench.time...bench.time)
    bench.table.found(next, of: 10)
    bench.tell(.fork(parent: 10), 11)
    bench.tell(.exit, 11)
    #expect(bench.record(of: 11, before: 1) == .unresolved(.moved))
  }

  @Test("A record of one of two processes, one of which may be in a container, is not known by its ID alone")
  func nextMayBeMoved() {
    var bench = Bench(running: [5: Bench.runtime, 6: .host(unit: nil)])
    bench.time += 100 * Bench.millisecond
    bench.fork(10, from: 6)
    bench.exit(10)
    // Nothing is read of the next one, nor of its parent.
    bench.owners[5] = nil
    bench.tell(.fork(parent: 5), 10)
    bench.tell(.exit, 10)
    let window = bench.time - 4 * Bench.millisecond...bench.time
    #expect(bench.table.answer(10, made: window) == .unresolved(.reused))
  }

  @Test("A container's process makes no starter of the one that had its parent's ID before")
  func starterBefore() {
    var bench = Bench(running: [5: Bench.sshd])
    bench.fork(10, from: 5)
    bench.time += 100 * Bench.millisecond
    bench.exit(10)
    // Start times are in hundredths of a second: it seems to have begun before that.
    let child = ProcessReading(
      owner: Bench.web, began: bench.time - 5 * Bench.millisecond, parent: 10, threads: 1,
      asked: bench.time...bench.time)
    bench.table.found(child, of: 11)
    bench.time += 100 * Bench.millisecond
    bench.tell(.fork(parent: 5), 12)
    bench.tell(.exit, 12)
    #expect(bench.record(of: 12, before: 1) == .inherited(Bench.sshd))
  }

  @Test(
    "The end of a process that is reported after the next one with its ID was found does not end that one")
  func endBeforeFound() {
    var bench = Bench(running: [5: Bench.sshd, 6: Bench.web])
    bench.fork(10, from: 5)
    bench.time += 100 * Bench.millisecond
    let last = bench.time
    let began = last + 10 * Bench.millisecond
    let read = began + 5 * Bench.millisecond
    bench.table.found(
      ProcessReading(owner: Bench.web, began: began, parent: 6, threads: 1, asked: read...read), of: 10)
    bench.tell(.exit, 10)
    bench.time = began + Bench.millisecond
    bench.tell(.fork(parent: 6), 10, after: 20)
    #expect(bench.table.answer(10, made: last...last) == .inherited(Bench.sshd))
    #expect(bench.table.answer(10, made: bench.time...bench.time) == .owner(Bench.web))
  }

  @Test("A process whose ID another one has is over, whatever threads it had, and is forgotten")
  func threadsOver() {
    var bench = Bench(running: [5: Bench.web, 10: Bench.db])
    bench.threads[10] = 2
    bench.tell(.exit, 10)
    bench.threads[10] = 1
    bench.fork(10, from: 5)
    bench.exit(10)
    bench.table.forget(endedBefore: bench.time + 1)
    #expect(bench.table.count == 1)
  }

  @Test(
    "A process that was in another unit than its parent's is not in that one, though it is read of the next one with its ID"
  )
  func unitOfNext() {
    var bench = Bench(running: [5: Bench.sshd])
    let session = ProcessOwner.host(unit: "session-1.scope")
    bench.fork(10, from: 5)
    bench.tell(.exec, 10)
    bench.owners[10] = session
    bench.time += Bench.millisecond
    #expect(bench.record(of: 10) == .owner(session))
    let read = bench.time + 2 * Bench.millisecond
    bench.table.found(ProcessReading(owner: Bench.sshd, asked: read...read), of: 10)
    bench.exit(10)
    #expect(bench.record(of: 10, before: 1) == .inherited(.host(unit: nil)))
  }

  @Test("What a process executed says whose it is, also if it is read once more after its end")
  func executedAndReadAgain() {
    var bench = Bench(running: [5: Bench.runtime])
    bench.fork(10, from: 5)
    let began = bench.time
    bench.owners[10] = Bench.web
    bench.tell(.exec, 10, after: 5)
    let read = bench.time + 2 * Bench.millisecond
    bench.table.found(
      ProcessReading(owner: Bench.web, began: began, parent: 5, threads: 1, asked: read...read), of: 10)
    bench.exit(10)
    #expect(bench.record(of: 10, before: 1) == .exited(Bench.web))
  }

  @Test("What a process executed, and was read of late, says nothing of it if it had ended by then")
  func executedAndEnded() {
    var bench = Bench(running: [5: Bench.sshd, 6: Bench.db])
    bench.fork(10, from: 5)
    // Its ID is another's when its exec is applied.
    bench.owners[10] = Bench.db
    bench.tell(.exec, 10, after: 5)
    bench.time -= 5 * Bench.millisecond
    bench.tell(.exit, 10)
    #expect(bench.record(of: 10, before: 1) == .unresolved(.moved))
  }
}
