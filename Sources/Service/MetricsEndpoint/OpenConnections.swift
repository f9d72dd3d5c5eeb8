internal import NIOCore
internal import Synchronization

/// The open connections of a server, which several threads serve.
final class OpenConnections: Sendable {
  private let slots = Mutex(ConnectionSlots<any Channel>(maxCount: MetricsServer.maxConnections))

  /// The slot of one connection.
  struct Slot: Sendable {
    fileprivate let connections: OpenConnections
    fileprivate let number: Int

    /// Updates the connection's phase.
    func enter(_ phase: ConnectionSlots<any Channel>.Phase) {
      connections.slots.withLock { $0.set(number, phase) }
    }
  }

  /// Admits a connection, for which another one may be closed; returns nil if no slot is available.
  func admit(_ channel: any Channel) -> Slot? {
    guard let (number, leaving) = slots.withLock({ $0.enter(channel) }) else { return nil }
    leaving?.close(promise: nil)
    channel.closeFuture.whenComplete { [self] _ in slots.withLock { $0.leave(number) } }
    return Slot(connections: self, number: number)
  }
}
