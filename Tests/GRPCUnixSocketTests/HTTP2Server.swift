import NIOCore
import NIOHPACK
import NIOHTTP2

/// A gRPC server that responds as a test defines, within HTTP/2's rules.
enum HTTP2Server {
  struct Request {
    var headers: HPACKHeaders
    /// The received data, including gRPC's framing.
    var data: [UInt8]
    /// The index of the request on its connection, from 0.
    var number: Int
  }

  enum Step: Sendable {
    case headers(HPACKHeaders, isLast: Bool = false)
    case data([UInt8], isLast: Bool = false)
    case reset(HTTP2ErrorCode)
    /// PINGs, which grpc-go sends together with its responses.
    case ping(Int)
    /// Announces that later streams are refused.
    case goAway(last: HTTP2StreamID, HTTP2ErrorCode = .noError, text: String = "")

    static let head = Step.headers([":status": "200", "content-type": "application/grpc"])
    static let ok = Step.trailers("0")
    static func trailers(_ status: String, _ message: String? = nil) -> Step {
      var headers: HPACKHeaders = ["grpc-status": status]
      if let message { headers.add(name: "grpc-message", value: message) }
      return .headers(headers, isLast: true)
    }
    static func message(_ bytes: [UInt8]) -> Step { .data(framed(bytes)) }
  }

  /// A message with gRPC's five bytes of framing before it.
  static func framed(_ message: [UInt8]) -> [UInt8] {
    [0] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: message.count >> (8 * $0)) } + message
  }

  /// Configures a connection on which each request is answered with the steps that `respond` returns.
  static func serve(
    _ respond: @escaping @Sendable (Request) -> [Step]
  ) -> @Sendable (any Channel) throws -> Void {
    { channel in
      var configuration = NIOHTTP2Handler.ConnectionConfiguration()
      // The server sends many PINGs, and each of them is answered.
      configuration.controlFrameRateLimit.maximumCount = .max >> 32
      let count = NIOLoopBoundBox(0, eventLoop: channel.eventLoop)
      let http2 = NIOHTTP2Handler(
        mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: configuration
      ) { stream in
        stream.eventLoop.makeCompletedFuture {
          try stream.pipeline.syncOperations.addHandler(Responder(count, respond))
        }
      }
      try channel.pipeline.syncOperations.addHandler(http2)
    }
  }
}

private final class Responder: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  private let count: NIOLoopBoundBox<Int>
  private let respond: @Sendable (HTTP2Server.Request) -> [HTTP2Server.Step]
  private var headers: HPACKHeaders = [:]
  private var data: [UInt8] = []

  init(
    _ count: NIOLoopBoundBox<Int>, _ respond: @escaping @Sendable (HTTP2Server.Request) -> [HTTP2Server.Step]
  ) {
    self.count = count
    self.respond = respond
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .headers(let frame): headers = frame.headers
    case .data(let frame):
      guard case .byteBuffer(let bytes) = frame.data else { return }
      self.data += Array(bytes.readableBytesView)
      guard frame.endStream else { return }
      count.value += 1
      let request = HTTP2Server.Request(headers: headers, data: self.data, number: count.value - 1)
      for step in respond(request) { send(step, context) }
    default: break
    }
  }

  private func send(_ step: HTTP2Server.Step, _ context: ChannelHandlerContext) {
    func send(_ frame: HTTP2Frame.FramePayload) {
      context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
    func sendToAll(_ frame: HTTP2Frame.FramePayload) {
      context.channel.parent?.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: frame), promise: nil)
    }
    switch step {
    case .headers(let headers, let isLast): send(.headers(.init(headers: headers, endStream: isLast)))
    case .data(let bytes, let isLast):
      send(.data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: isLast)))
    case .reset(let code): send(.rstStream(code))
    case .ping(let count): for _ in 0..<count { sendToAll(.ping(HTTP2PingData(withInteger: 7), ack: false)) }
    case .goAway(let last, let code, let text):
      sendToAll(.goAway(lastStreamID: last, errorCode: code, opaqueData: ByteBuffer(string: text)))
    }
  }
}
