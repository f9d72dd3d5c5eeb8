internal import EnrichedLog
internal import LogOutput
internal import Glibc
internal import LinuxSystem
internal import ServiceLifecycle
internal import Systemd

/// Reports to systemd that the service is alive, as long as every part answers pings. While the output is blocked, the thread
/// that writes may be late: a restart would not help, and would lose the records not yet written.
///
/// It runs on its own thread, so that nothing else can delay it.
package struct Watchdog: Service {
  /// How long systemd waits for a sign of life, in milliseconds.
  let timeout: Int64
  /// The thread that reads records and writes lines.
  let writer: any Pinged
  /// The other parts.
  let others: [any Pinged]
  private let threadInbox = ThreadInbox()

  /// How many pings are sent within that time: a part that is slow once is not dead.
  private static let beats: Int64 = 4

  package init(timeout: Int64, writer: any Pinged, others: [any Pinged]) {
    self.timeout = timeout
    self.writer = writer
    self.others = others
  }

  package func run() async throws {
    try await OwnThread.run(named: "watchdog", threadInbox) { watch() }
  }

  private func watch() {
    while threadInbox.receive()?.stop != true {
      if let state = state(outputWaits: OutputWait.milliseconds) { SystemdNotifier.send(state) }
      for part in [writer] + others { part.ping() }
      threadInbox.wait(milliseconds: Int32(clamping: max(1, timeout / Self.beats)))
    }
  }

  /// The message for systemd; nil if a part has not answered.
  package func state(outputWaits: Int64) -> String? {
    guard others.allSatisfy(\.hasResponded), writer.hasResponded || outputWaits > 0 else { return nil }
    guard outputWaits >= 1000 else { return "WATCHDOG=1" }
    return "WATCHDOG=1\nSTATUS=the output has accepted nothing for \(outputWaits / 1000) s"
  }
}
