internal import Metrics
internal import NIOCore
internal import NIOHTTP1

/// Closes a connection that sends more than a request may contain.
final class ByteLimit: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  private var left: Int

  init(_ maxCount: Int) { left = maxCount }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    left -= unwrapInboundIn(data).readableBytes
    guard left >= 0 else { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }
}

/// Answers the first request and closes the connection.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let metrics: Metrics
  private let slot: OpenConnections.Slot
  private var head: HTTPRequestHead?
  private var isAnswered = false

  init(_ metrics: Metrics, _ slot: OpenConnections.Slot) {
    self.metrics = metrics
    self.slot = slot
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isAnswered else { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      // A client that sends `Expect` waits for an answer before it sends the body, and no body is wanted.
      if head.headers.contains(name: "Expect") { answer(head, context) }
    case .body: break
    case .end: if let head { answer(head, context) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The client will send no more. A complete request must still be answered.
    if event as? ChannelEvent == .inputClosed, !isAnswered { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError else { return context.close(promise: nil) }
    // Whatever follows the request is ignored.
    if !isAnswered { respond(.badRequest, "this is not an HTTP request\n", isHead: false, context) }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    isAnswered = true
    let isHead = head.method == .HEAD
    guard isHead || head.method == .GET else {
      // See: RFC 9110, section 15.5.6
      return respond(
        .methodNotAllowed, "GET and HEAD only\n", isHead: isHead, adding: ["Allow": "GET, HEAD"], context)
    }
    switch RequestTarget(head.uri).path {
    case "/metrics":
      slot.enter(.waiting)
      let answer = PageAnswer(metrics: metrics, request: head, slot: slot, channel: context.channel)
      Task { await answer.send() }
    case "/healthz": respond(isHead: isHead, context) { [metrics] in await metrics.health() }
    case "/livez": respond(isHead: isHead, context) { [metrics] in await metrics.liveness() }
    default: respond(.notFound, "the pages are /metrics, /healthz and /livez\n", isHead: isHead, context)
    }
  }

  private func respond(
    isHead: Bool, _ context: ChannelHandlerContext, _ health: @escaping @Sendable () async -> Metrics.Health
  ) {
    slot.enter(.waiting)
    let promise = context.eventLoop.makePromise(of: Metrics.Health.self)
    promise.completeWithTask { await health() }
    promise.futureResult.assumeIsolated().whenSuccess { [self] health in
      respond(health.isGood ? .ok : .serviceUnavailable, health.text, isHead: isHead, context)
    }
  }

  private func respond(
    _ status: HTTPResponseStatus, _ text: String, isHead: Bool, adding more: HTTPHeaders = [:],
    _ context: ChannelHandlerContext
  ) {
    isAnswered = true
    slot.enter(.sending)
    let body = ByteBuffer(string: text)
    var headers = PageAnswer.headers
    headers.add(name: "Content-Length", value: "\(body.readableBytes)")
    headers.add(contentsOf: more)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
      promise: nil)
    if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      context.close(promise: nil)
    }
  }
}
