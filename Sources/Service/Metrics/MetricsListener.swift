/// Why nobody can read metrics at an address.
package struct MetricsListenFailure: Error, CustomStringConvertible, Sendable {
  package enum Kind: Sendable {
    /// Another program listens there, which may end.
    case addressInUse
    /// The socket that was handed over was closed from outside, and cannot be opened again here.
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

/// A socket at which metrics can be read.
package struct MetricsListener: Sendable {
  /// Serves until the socket is closed, or the task is cancelled.
  package var serve: @Sendable () async -> Void
  /// Has the thread that accepts connections call back.
  package var ping: @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void

  package init(
    serve: @escaping @Sendable () async -> Void,
    ping: @escaping @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void
  ) {
    self.serve = serve
    self.ping = ping
  }
}
