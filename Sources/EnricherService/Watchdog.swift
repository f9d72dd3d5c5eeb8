internal import EnrichedLog
internal import Glibc
internal import ServiceLifecycle

/// Tells systemd that the service lives, as long as all of its threads do: each has to take the mail that it is sent. While the
/// output takes nothing, the thread that writes may be late: a restart would not help, and lose what is in hand.
///
/// It runs on a thread of its own, which nothing else can keep from beating.
struct Watchdog: Service {
  /// How long systemd waits for a sign, in milliseconds.
  let patience: Int64
  /// Of the thread that reads records and writes lines.
  let writer: Mailbox
  /// Of the others.
  let others: [Mailbox]
  private let mailbox = Mailbox()

  /// So often in the time that systemd waits: whoever is slow once is not yet dead.
  private static let beats: Int64 = 4

  init(patience: Int64, writer: Mailbox, others: [Mailbox]) {
    self.patience = patience
    self.writer = writer
    self.others = others
  }

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await OwnThread.run(named: "watchdog") { watch() }
    } onGracefulShutdown: {
      mailbox.post { $0.stop = true }
    }
  }

  private func watch() {
    while mailbox.take()?.stop != true {
      if let state = state(outputWaits: OutputWait.milliseconds) { SystemdNotifier.send(state) }
      for one in [writer] + others { one.post { $0.isAsked = true } }
      mailbox.wait(milliseconds: Int32(clamping: max(1, patience / Self.beats)))
    }
  }

  /// What to tell systemd; nil if somebody has not answered.
  func state(outputWaits: Int64) -> String? {
    guard others.allSatisfy(\.isAnswered), writer.isAnswered || outputWaits > 0 else { return nil }
    guard outputWaits >= 1000 else { return "WATCHDOG=1" }
    return "WATCHDOG=1\nSTATUS=the output has taken nothing for \(outputWaits / 1000) s"
  }
}
