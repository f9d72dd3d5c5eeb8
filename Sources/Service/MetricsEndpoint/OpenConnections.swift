internal import NIOCore
internal import Synchronization

/// The connections of a server, which several threads serve.
final class OpenConnections: Sendable {
  private let slots = Mutex(ConnectionSlots<any Channel>(maxCount: MetricsServer.maxConnections))

  /// One connection's place among them.
  struct Place: Sendable {
    fileprivate let connections: OpenConnections
    fileprivate let number: Int

    /// Notes how far it has come.
    func enter(_ phase: ConnectionSlots<any Channel>.Phase) {
      connections.slots.withLock { $0.set(number, phase) }
    }
  }

  /// Lets one in, for which another may have to be closed; nil if there is no slots.
  func admit(_ channel: any Channel) -> Place? {
    guard let (number, leaving) = slots.withLock({ $0.enter(channel) }) else { return nil }
    leaving?.close(promise: nil)
    channel.closeFuture.whenComplete { [self] _ in slots.withLock { $0.leave(number) } }
    return Place(connections: self, number: number)
  }
}
