import EnricherService
import Synchronization
import Testing

@Suite struct WatchdogTests {
  /// A part that has answered, or has not.
  private struct Part: Pinged {
    var hasResponded: Bool
    func ping() {}
  }

  private func state(writer: Bool, other: Bool, outputWaits: Int64 = 0) -> String? {
    Watchdog(timeout: 1000, writer: Part(hasResponded: writer), others: [Part(hasResponded: other)])
      .state(outputWaits: outputWaits)
  }

  @Test("A sign of life is sent while every part answers")
  func state() {
    #expect(state(writer: true, other: true) == "WATCHDOG=1")
    #expect(state(writer: true, other: false) == nil)
    #expect(state(writer: false, other: true) == nil)
    // Only the writer may wait for its output.
    #expect(state(writer: false, other: true, outputWaits: 1000)?.hasPrefix("WATCHDOG=1\n") == true)
    #expect(state(writer: false, other: false, outputWaits: 1000) == nil)
  }

  @Test("A task answers a ping when it checks its inbox, and loses no request")
  func inbox() async {
    let inbox = TaskInbox()
    #expect(inbox.hasResponded)
    inbox.ping()
    #expect(!inbox.hasResponded)
    inbox.request()
    inbox.ping()
    var requests = 0
    for await _ in inbox.wakeups {
      if inbox.receiveRequest() { requests += 1 }
      break
    }
    #expect(inbox.hasResponded && requests == 1)
    inbox.ping()
    #expect(!inbox.receiveRequest() && inbox.hasResponded)
  }

  @Test("A task that waits for others need not answer a ping until its time limit")
  func busy() async {
    let inbox = TaskInbox()
    await inbox.busy(seconds: 3600) {
      inbox.ping()
      #expect(inbox.hasResponded)
    }
    #expect(!inbox.hasResponded)
    await inbox.busy(seconds: 0) { #expect(!inbox.hasResponded) }
  }

  @Test("Swift's threads answer by running a task")
  func threads() async {
    let threads = TaskThreads()
    threads.ping()
    while !threads.hasResponded { await Task.yield() }
  }
}
