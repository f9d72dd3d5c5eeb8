public import EnricherService
internal import LinuxSystem
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Serves metrics over HTTP/1.1: one answer to a connection, and little patience with those who ask.
public struct MetricsServer: Sendable {
  /// Why nobody can be served.
  public struct Failure: Error, CustomStringConvertible, Sendable {
    public var description: String
  }

  private let channel: any Channel

  /// Connections at the same time; further ones are closed at once.
  static let mostConnections = 32
  /// How long one may take, from its first byte to the last of the answer.
  static let patience = TimeAmount.seconds(10)
  /// Bytes of a request.
  static let mostBytes = 16_384

  /// Listens at `address`, and answers from then on. A listening socket that systemd handed over goes before: it may be in a
  /// network namespace that this process cannot reach.
  public static func listen(at address: MetricsAddress, _ metrics: Metrics) async throws(Failure)
    -> MetricsServer
  {
    let connections = ConnectionCount()
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        guard connections.enter() else { return channel.close() }
        channel.closeFuture.whenComplete { _ in connections.leave() }
        let tooLate = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in tooLate.cancel() }
        return channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(ByteLimit(MetricsServer.mostBytes))
          try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
          try pipeline.addHandler(RequestHandler(metrics))
        }
      }
    do {
      if let fd = InheritedSocket.listening() {
        return MetricsServer(channel: try await bootstrap.withBoundSocket(fd).get())
      }
      switch address {
      case .host(let host, let port):
        return MetricsServer(channel: try await bootstrap.bind(host: host, port: port).get())
      case .unix(let path):
        return MetricsServer(
          channel: try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        )
      }
    } catch {
      let reason = (error as? IOError)?.description ?? "\(error)"
      throw Failure(description: "cannot listen for metrics at \(address): \(reason) (see --metrics-listen)")
    }
  }

  /// Serves until the task is cancelled.
  public func run() async {
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      channel.close(promise: nil)
    }
  }
}

/// How many are connected.
private final class ConnectionCount: Sendable {
  private let count = Mutex(0)

  func enter() -> Bool {
    count.withLock { count in
      guard count < MetricsServer.mostConnections else { return false }
      count += 1
      return true
    }
  }

  func leave() { count.withLock { $0 -= 1 } }
}

/// Ends a connection that sends more than a request may have.
private final class ByteLimit: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  private var left: Int

  init(_ most: Int) { left = most }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    left -= unwrapInboundIn(data).readableBytes
    guard left >= 0 else { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }
}

/// Answers the first request, and closes.
private final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let metrics: Metrics
  private var head: HTTPRequestHead?
  private var isAnswered = false

  init(_ metrics: Metrics) { self.metrics = metrics }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): if self.head == nil { self.head = head }
    case .body: break
    case .end:
      guard let head, !isAnswered else { return }
      isAnswered = true
      answer(head, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isAnswered, error is HTTPParserError else { return context.close(promise: nil) }
    isAnswered = true
    respond(.badRequest, "this is no HTTP request\n", isHead: false, context)
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let isHead = head.method == .HEAD
    guard isHead || head.method == .GET else {
      return respond(.methodNotAllowed, "GET and HEAD only\n", isHead: isHead, context)
    }
    let page: @Sendable () async -> Metrics.Page
    switch head.uri.prefix(while: { $0 != "?" }) {
    case "/metrics": page = { [metrics] in await metrics.page() }
    case "/healthz": page = { [metrics] in await metrics.health() }
    default: return respond(.notFound, "there are /metrics and /healthz\n", isHead: isHead, context)
    }
    let promise = context.eventLoop.makePromise(of: Metrics.Page.self)
    promise.completeWithTask(page)
    promise.futureResult.assumeIsolated().whenSuccess { [self] page in
      respond(page.isGood ? .ok : .serviceUnavailable, page.text, isHead: isHead, context)
    }
  }

  private func respond(
    _ status: HTTPResponseStatus, _ text: String, isHead: Bool, _ context: ChannelHandlerContext
  ) {
    let body = ByteBuffer(string: text)
    let headers: HTTPHeaders = [
      // See: https://prometheus.io/docs/instrumenting/exposition_formats
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
      "Content-Length": "\(body.readableBytes)", "Connection": "close",
    ]
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
      promise: nil)
    if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      context.close(promise: nil)
    }
  }
}
