package import GRPCCore
internal import NIOCore
internal import NIOPosix

/// Performs unary gRPC calls over HTTP/2 on a unix socket, without TLS.
///
/// It has one connection, which it opens for the first call. After that connection has failed, or the server has announced its
/// end, the next call opens a new one. A failed call is not repeated: that is the caller's decision. Calls without a timeout
/// wait as long as the server keeps the connection.
///
/// See: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
package final class UnixSocketTransport: ClientTransport {
  package typealias Bytes = [UInt8]

  /// The maximum size of a response's message in bytes, unless a call's options set another one: gRPC's own default.
  private static let maxMessageBytes = 4 << 20

  private let path: String
  private let keeper: NIOLoopBoundBox<ConnectionKeeper>
  private let finished: EventLoopPromise<Void>

  package var retryThrottle: RetryThrottle? { nil }

  /// Creates a transport to the server that listens at `path`. It connects when the first call is made.
  package init(path: String) {
    let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
    self.path = path
    finished = eventLoop.makePromise()
    keeper = .makeBoxSendingValue(
      ConnectionKeeper(eventLoop: eventLoop, path: path, finished: finished), eventLoop: eventLoop)
  }

  deinit {
    // No connection remains open, even without a shutdown.
    keeper.eventLoop.execute { [keeper] in keeper.value.close() }
  }

  /// Returns after the transport was shut down and its calls have ended. If the task is cancelled, ends all calls at once.
  package func connect() async throws {
    try await withTaskCancellationHandler {
      try await finished.futureResult.get()
    } onCancel: {
      keeper.eventLoop.execute { [keeper] in keeper.value.close() }
    }
  }

  package func beginGracefulShutdown() {
    keeper.eventLoop.execute { [keeper] in keeper.value.shutDown() }
  }

  /// Passes a stream for one unary call to `closure`.
  ///
  /// The request is sent when it is finished. Every failure, including a connection that cannot be opened, ends the inbound
  /// stream with an `RPCError`. Cancellation of the task ends the stream at once.
  package func withStream<T: Sendable>(
    descriptor: MethodDescriptor, options: CallOptions,
    _ closure: (_ stream: RPCStream<Inbound, Outbound>, _ context: ClientContext) async throws -> T
  ) async throws -> T {
    let call = UnaryCall(
      on: keeper.eventLoop, path: "/\(descriptor.fullyQualifiedMethod)",
      maxMessageBytes: options.maxResponseMessageBytes ?? Self.maxMessageBytes)
    defer { call.fail(RPCError(code: .cancelled, message: "the call was given up")) }
    let request = RequestWriter { [keeper] metadata, message in
      keeper.eventLoop.execute {
        keeper.value.start(call, metadata: metadata, message: message)
      }
    } onError: { error in
      call.fail(error)
    }
    let stream = RPCStream(
      descriptor: descriptor, inbound: RPCAsyncSequence(wrapping: call.responseParts),
      outbound: RPCWriter.Closable(wrapping: request))
    return try await closure(
      stream, ClientContext(descriptor: descriptor, remotePeer: "unix:\(path)", localPeer: "unix:"))
  }

  package func config(forMethod descriptor: MethodDescriptor) -> MethodConfig? { nil }
}
