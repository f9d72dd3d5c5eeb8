import Synchronization
import Testing

@Suite struct MutexTests {
  private final class Numbers: Sendable {
    let written = Mutex<[Int]>([])
  }

  /// The thread sanitizer only knows locks that it sees. With the sanitizer, this test verifies that it sees the mutex.
  @Test("Threads that contend for a mutex see what was written under it")
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
