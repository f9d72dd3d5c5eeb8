internal import LinuxSystem
internal import ServiceLifecycle

extension OwnThread {
  /// Runs `body` on a thread of its own, and has it end, by mail, when the service shall: in order, or at once because its task was cancelled.
  static func run(
    named name: StaticString, _ threadInbox: ThreadInbox, _ body: @escaping @Sendable () -> Void
  ) async throws {
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await run(named: name, body)
    } onCancelOrGracefulShutdown: {
      threadInbox.post { $0.stop = true }
    }
  }
}
