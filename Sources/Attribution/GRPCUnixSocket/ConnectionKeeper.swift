internal import GRPCCore
internal import NIOCore
internal import NIOPosix
internal import SystemPackage

/// Keeps one connection for new calls. It opens the connection for the first call, and another one after that has failed or begun to close.
///
/// It must only be used on its event loop.
final class ConnectionKeeper {
  private struct Request {
    var call: UnaryCall
    var metadata: Metadata
    var message: [UInt8]
  }

  private let eventLoop: any EventLoop
  private let path: String
  private let finished: EventLoopPromise<Void>
  /// All open connections. At most one of them accepts calls; the others are closing.
  private var connections: [Connection] = []
  private var isConnecting = false
  /// Calls for which a connection is being opened.
  private var waiting: [Request] = []
  private var isShutDown = false

  /// `finished` succeeds when no connection is open after `shutDown()` or `close()`.
  init(eventLoop: any EventLoop, path: String, finished: EventLoopPromise<Void>) {
    self.eventLoop = eventLoop
    self.path = path
    self.finished = finished
  }

  /// Starts a call, at once or as soon as there is a connection. A call that has ended is not started.
  func start(_ call: UnaryCall, metadata: Metadata, message: [UInt8]) {
    guard !isShutDown else {
      return call.fail(RPCError(code: .failedPrecondition, message: "the transport was shut down"))
    }
    waiting.append(Request(call: call, metadata: metadata, message: message))
    call.response.assumeIsolated().whenComplete { _ in self.waiting.removeAll { $0.call === call } }
    if let connection = connections.first(where: \.acceptsCalls) {
      startWaiting(on: connection)
    } else if !waiting.isEmpty, !isConnecting {
      connect()
    }
  }

  /// Accepts no further calls, and closes after the current ones have ended.
  func shutDown() {
    isShutDown = true
    for connection in connections { connection.shutDown() }
    finishIfClosed()
  }

  /// Accepts no further calls, and ends the current ones at once.
  func close() {
    isShutDown = true
    let error = RPCError(code: .unavailable, message: "the transport was closed")
    for request in waiting { request.call.fail(error) }
    for connection in connections { connection.close(error) }
    finishIfClosed()
  }

  private func startWaiting(on connection: Connection) {
    let requests = waiting
    waiting = []
    for request in requests {
      connection.start(request.call, metadata: request.metadata, message: request.message)
    }
  }

  private func connect() {
    isConnecting = true
    ClientBootstrap(group: eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try Connection.add(to: channel) }
      }
      .connect(unixDomainSocketPath: path)
      .assumeIsolated().whenComplete { self.connected($0) }
  }

  private func connected(_ result: Result<any Channel, any Error>) {
    isConnecting = false
    do {
      let channel = try result.get()
      let connection = try channel.pipeline.syncOperations.handler(type: Connection.self)
      connections.append(connection)
      channel.closeFuture.assumeIsolated().whenComplete { _ in
        self.connections.removeAll { $0 === connection }
        self.finishIfClosed()
      }
      startWaiting(on: connection)
      if isShutDown { connection.shutDown() }
    } catch {
      let reason = (error as? IOError).map { Errno(rawValue: $0.errnoCode).description } ?? "\(error)"
      for request in waiting {
        request.call.fail(RPCError(code: .unavailable, message: "cannot connect: \(reason)"))
      }
      finishIfClosed()
    }
  }

  private func finishIfClosed() {
    if isShutDown, connections.isEmpty, !isConnecting { finished.succeed() }
  }
}
