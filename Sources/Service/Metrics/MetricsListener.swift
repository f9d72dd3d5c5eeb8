/// Why metrics cannot be served at an address.
package struct MetricsListenFailure: Error, CustomStringConvertible, Sendable {
  package enum Kind: Sendable {
    /// Another program listens there. It may end later.
    case addressInUse
    /// The inherited socket was closed from outside and cannot be opened again by this process.
    case socketClosed
    case other
  }

  package var kind: Kind
  package var description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// A listening socket that serves metrics.
package struct MetricsListener: Sendable {
  /// Serves until the socket is closed, or the task is cancelled.
  package var serve: @Sendable () async -> Void
  /// Has the thread that accepts connections call `answer`.
  package var ping: @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void

  package init(
    serve: @escaping @Sendable () async -> Void,
    ping: @escaping @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void
  ) {
    self.serve = serve
    self.ping = ping
  }
}
