internal import GRPCCore
internal import NIOCore
internal import NIOPosix
internal import SystemPackage

/// Keeps one connection for new calls. It opens the connection for the first call, and another one after that has failed or begun to close.
///
/// It must only be used on its event loop.
final class ConnectionKeeper {
  private enum State {
    case disconnected
    /// Calls wait until the connection is open.
    case connecting([Request])
    case connected(Connection)
  }

  private struct Request {
    var call: UnaryCall
    var metadata: Metadata
    var message: [UInt8]
  }

  private let eventLoop: any EventLoop
  private let path: String
  private let finished: EventLoopPromise<Void>
  private var state = State.disconnected
  /// All open connections, including those that are closing and accept no further calls.
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var isShutDown = false

  /// `finished` succeeds when no connection is open after `shutDown()` or `close()`.
  init(eventLoop: any EventLoop, path: String, finished: EventLoopPromise<Void>) {
    self.eventLoop = eventLoop
    self.path = path
    self.finished = finished
  }

  /// Starts a call, at once or as soon as there is a connection.
  func start(_ call: UnaryCall, metadata: Metadata, message: [UInt8]) {
    guard !isShutDown else {
      return call.fail(RPCError(code: .failedPrecondition, message: "the transport was shut down"))
    }
    switch state {
    case .connected(let connection) where connection.acceptsCalls:
      connection.start(call, metadata: metadata, message: message)
    case .connecting(var waiting):
      waiting.append(Request(call: call, metadata: metadata, message: message))
      state = .connecting(waiting)
    case .connected, .disconnected:
      state = .connecting([Request(call: call, metadata: metadata, message: message)])
      connect()
    }
  }

  /// Accepts no further calls, and closes after the current ones have ended.
  func shutDown() {
    isShutDown = true
    for connection in connections.values { connection.closeWhenIdle() }
    finishIfClosed()
  }

  /// Accepts no further calls, and ends the current ones at once.
  func close() {
    isShutDown = true
    if case .connecting(let waiting) = state {
      for request in waiting {
        request.call.fail(RPCError(code: .unavailable, message: "the transport was closed"))
      }
      state = .connecting([])
    }
    for connection in connections.values {
      connection.close(RPCError(code: .unavailable, message: "the transport was closed"))
    }
    finishIfClosed()
  }

  private func connect() {
    ClientBootstrap(group: eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try Connection.add(to: channel) }
      }
      .connect(unixDomainSocketPath: path)
      .assumeIsolated().whenComplete { self.connected($0) }
  }

  private func connected(_ result: Result<any Channel, any Error>) {
    guard case .connecting(let waiting) = state else { return }
    do {
      let channel = try result.get()
      let connection = try channel.pipeline.syncOperations.handler(type: Connection.self)
      let id = ObjectIdentifier(connection)
      connections[id] = connection
      channel.closeFuture.assumeIsolated().whenComplete { _ in
        self.connections[id] = nil
        self.finishIfClosed()
      }
      state = .connected(connection)
      for request in waiting {
        connection.start(request.call, metadata: request.metadata, message: request.message)
      }
      if isShutDown { connection.closeWhenIdle() }
    } catch {
      state = .disconnected
      let reason = (error as? IOError).map { Errno(rawValue: $0.errnoCode).description } ?? "\(error)"
      for request in waiting {
        request.call.fail(RPCError(code: .unavailable, message: "cannot connect: \(reason)"))
      }
      finishIfClosed()
    }
  }

  private func finishIfClosed() {
    guard isShutDown, connections.isEmpty else { return }
    if case .connecting = state { return }
    finished.succeed()
  }
}
