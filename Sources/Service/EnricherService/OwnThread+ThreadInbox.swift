internal import LinuxSystem
internal import ServiceLifecycle

extension OwnThread {
  /// Runs `body` on its own thread. At shutdown, or when the task is cancelled, a message to `threadInbox` stops it.
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
