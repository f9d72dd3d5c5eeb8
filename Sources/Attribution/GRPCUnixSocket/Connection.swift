package import GRPCCore
package import NIOCore
internal import NIOHPACK
package import NIOHTTP2

/// A connection for calls, each of which is an HTTP/2 stream.
///
/// An error of the connection closes it and ends all its calls, and so does everything that a server must not send.
package final class Connection: ChannelInboundHandler {
  package typealias InboundIn = HTTP2Frame

  /// How many bytes a server may send before they are read, in total and for each call.
  private static let windowBytes = 1 << 20
  /// How many PING and SETTINGS frames a server may send in ten milliseconds. grpc-go sends a PING with nearly every response,
  /// and the next one only after the answer: some hundred of them. A flood has thousands. Each connection reserves 8 bytes per frame.
  private static let maxControlFrames = 1_000

  private let channel: any Channel
  private let streams: NIOHTTP2Handler.StreamMultiplexer
  private var calls: [ObjectIdentifier: UnaryCall] = [:]
  /// Why the connection ends, if that is known.
  private var failure: RPCError?
  /// What the server said when it announced the end of the connection.
  private var goAway: RPCError?
  private var isClosing = false

  private init(_ channel: any Channel, _ streams: NIOHTTP2Handler.StreamMultiplexer) {
    self.channel = channel
    self.streams = streams
  }

  /// Configures a channel as a connection.
  package static func add(to channel: any Channel) throws {
    var connection = NIOHTTP2Handler.ConnectionConfiguration()
    connection.initialSettings = [
      HTTP2Setting(parameter: .enablePush, value: 0),
      HTTP2Setting(parameter: .initialWindowSize, value: windowBytes),
      HTTP2Setting(parameter: .maxHeaderListSize, value: HPACKDecoder.defaultMaxHeaderListSize),
    ]
    connection.targetWindowSize = windowBytes
    connection.controlFrameRateLimit.maximumCount = maxControlFrames
    connection.controlFrameRateLimit.windowLength = .milliseconds(10)
    var stream = NIOHTTP2Handler.StreamConfiguration()
    stream.targetWindowSize = windowBytes
    let http2 = NIOHTTP2Handler(
      mode: .client, eventLoop: channel.eventLoop, connectionConfiguration: connection,
      streamConfiguration: stream
    ) { $0.close() }
    try channel.pipeline.syncOperations.addHandler(FrameDivider())
    try channel.pipeline.syncOperations.addHandler(http2)
    try channel.pipeline.syncOperations.addHandler(Connection(channel, http2.syncMultiplexer()))
  }

  /// Whether a further call can be started. False after the server has announced its end.
  var acceptsCalls: Bool { !isClosing && channel.isActive }

  /// Starts a call.
  package func start(_ call: UnaryCall, metadata: Metadata, message: [UInt8]) {
    calls[ObjectIdentifier(call)] = call
    let headers = RequestHead.headers(path: call.path, metadata: metadata)
    let connection = NIOLoopBound(self, eventLoop: channel.eventLoop)
    let opened = channel.eventLoop.makePromise(of: (any Channel).self)
    streams.createStreamChannel(promise: opened) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandler(
          CallHandler(call, on: connection.value, headers: headers, message: message))
      }
    }
    opened.futureResult.assumeIsolated().whenComplete { result in
      switch result {
      // When the call ends, its stream is closed, in a later turn of the event loop: a stream that is just ending needs no reset.
      case .success(let stream):
        call.response.whenComplete { _ in stream.eventLoop.execute { stream.close(promise: nil) } }
      case .failure(let error): self.fail(call, streamError: error)
      }
    }
    call.response.assumeIsolated().whenComplete { _ in
      self.calls[ObjectIdentifier(call)] = nil
      self.closeIfShutDown()
    }
    if !channel.isActive { fail([call]) }
  }

  /// Accepts no further calls, and closes the connection after the last one.
  func shutDown() {
    isClosing = true
    closeIfShutDown()
  }

  /// Accepts no further calls, ends the current ones with the error, and closes the connection.
  func close(_ error: RPCError) {
    isClosing = true
    failure = failure ?? error
    // Calls are ended first. Otherwise each would end with its stream, without knowing the reason.
    fail(Array(calls.values))
    closeChannel()
  }

  /// Closes the connection if it accepts no calls and the last one has ended.
  private func closeIfShutDown() {
    if isClosing, calls.isEmpty { closeChannel() }
  }

  /// Closes in a later turn of the event loop: the code that ended the last call may still use this channel.
  private func closeChannel() {
    channel.eventLoop.execute { [channel] in channel.close(promise: nil) }
  }

  /// Ends calls with the reason for which the connection ends.
  private func fail(_ calls: [UnaryCall]) {
    for call in calls {
      call.fail(
        failure ?? goAway ?? RPCError(code: .unavailable, message: "the server closed the connection"))
    }
  }

  /// Ends a call whose stream HTTP/2's handler has closed or not opened. The server's own reset of a stream has ended its call before.
  func fail(_ call: UnaryCall, streamError error: any Error) {
    if let closed = error as? NIOHTTP2Errors.StreamClosed, closed.errorCode != .cancel {
      // What the server sent was wrong. The error of the connection, which comes next, says why.
      channel.eventLoop.execute { call.fail(RPCError(connection: error)) }
    } else {
      // The stream was refused with GOAWAY.
      call.fail(goAway ?? RPCError(connection: error))
    }
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .goAway(_, let code, let text) = unwrapInboundIn(data).payload else { return }
    goAway = RPCError(goAwayWith: code, text: text)
    // Calls that the server still answers continue; HTTP/2's handler ends the others.
    shutDown()
  }

  package func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    fail(Array(calls.values))
    context.fireChannelInactive()
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What follows from GOAWAY: that the socket is closed, or that a stream could not be opened any more.
    let isConsequence = error is IOError || error is NIOHTTP2Errors.IOOnClosedConnection
    close(isConsequence ? goAway ?? RPCError(connection: error) : RPCError(connection: error))
  }
}
