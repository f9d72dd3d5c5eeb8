import Synchronization
import Testing

@Suite struct MutexTests {
  private final class Numbers: Sendable {
    let written = Mutex<[Int]>([])
  }

  /// The thread sanitizer knows only of locks that it sees: with it, what is tested is that it sees this one.
  @Test("Threads that wait for each other at a mutex see what was written under it")
  func contended() async {
    let numbers = Numbers()
    await withTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          for number in 0..<20_000 { numbers.written.withLock { $0.append(number) } }
        }
      }
    }
    #expect(numbers.written.withLock { $0.count } == 80_000)
  }
}
