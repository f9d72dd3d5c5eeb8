internal import GRPCCore
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Performs one call on its stream: sends the request and reads the response.
final class CallHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  private let call: UnaryCall
  private let connection: Connection
  private let headers: HPACKHeaders
  private let message: [UInt8]
  private var reader: ResponseReader

  init(_ call: UnaryCall, on connection: Connection, headers: HPACKHeaders, message: [UInt8]) {
    self.call = call
    self.connection = connection
    self.headers = headers
    self.message = message
    reader = ResponseReader(maxMessageBytes: call.maxMessageBytes)
  }

  func channelActive(context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
    var frame = context.channel.allocator.buffer(capacity: MessageFrame.headBytes + message.count)
    MessageFrame.append(message, to: &frame)
    context.writeAndFlush(
      wrapOutboundOut(.data(.init(data: .byteBuffer(frame), endStream: true))), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    do throws(RPCError) {
      switch unwrapInboundIn(data) {
      case .headers(let frame): try reader.receive(frame.headers, isLast: frame.endStream)
      case .data(let frame):
        guard case .byteBuffer(let bytes) = frame.data else { return }
        try reader.receive(bytes, isLast: frame.endStream)
      case .rstStream(let code): throw RPCError(resetWith: code)
      default: return
      }
      if let response = reader.response { call.succeed(response) }
    } catch {
      // When the call ends, its stream is closed, so that the server stops sending.
      call.fail(error)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    connection.fail(call, streamError: error)
  }
}
