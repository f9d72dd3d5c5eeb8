package import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SystemPackage

/// Reads the metrics page of a running service.
package enum MetricsClient {
  /// Why the page could not be read.
  package struct Failure: Error, CustomStringConvertible, Sendable {
    package var description: String
  }

  /// The timeout of the whole request. A service that hangs answers after 2 s.
  static let timeout = TimeAmount.seconds(10)
  /// The maximum size of a page in bytes: 10,000 series need less.
  static let maxBytes = 64 << 20

  /// Returns the page at `address`.
  package static func page(at address: MetricsAddress) async throws(Failure) -> String {
    let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: String.self)
    let bootstrap = ClientBootstrap(group: promise.futureResult.eventLoop)
      .connectTimeout(timeout)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(PageHandler(promise))
        }
      }
    do {
      let channel =
        switch address {
        case .host(let host, let port): try await bootstrap.connect(host: host, port: port).get()
        case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
        }
      let tooLate = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
      defer { tooLate.cancel() }
      var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/metrics")
      head.headers = ["Host": "localhost", "Connection": "close"]
      channel.write(HTTPClientRequestPart.head(head), promise: nil)
      channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
      return try await promise.futureResult.get()
    } catch {
      promise.fail(error)
      // If the name has several addresses, the first error is reported.
      let cause = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
      let reason = (cause as? IOError).map { Errno(rawValue: $0.errnoCode).description } ?? "\(cause)"
      throw Failure(description: "\(address) does not answer: \(reason)")
    }
  }
}

/// Collects one answer.
private final class PageHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let promise: EventLoopPromise<String>
  private var status: HTTPResponseStatus?
  private var body = ByteBuffer()

  init(_ promise: EventLoopPromise<String>) { self.promise = promise }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): status = head.status
    case .body(var part):
      body.writeBuffer(&part)
      if body.readableBytes > MetricsClient.maxBytes { context.close(promise: nil) }
    case .end:
      if status == .ok {
        promise.succeed(String(buffer: body))
      } else {
        promise.fail(MetricsClient.Failure(description: status.map { "\($0)" } ?? "no answer"))
      }
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    // This has no effect if the promise has already succeeded.
    promise.fail(MetricsClient.Failure(description: "the response is incomplete"))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }
}
