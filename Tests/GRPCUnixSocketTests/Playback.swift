import NIOCore

/// Sends bytes as soon as a request was received, whatever the request contains.
final class Playback: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What happens after the bytes.
  enum Ending {
    /// The server sends nothing until the client closes.
    case stall
    case close
    /// The server sends other bytes again and again until the client closes.
    case repeating([UInt8])
  }

  private let bytes: [UInt8]
  private let ending: Ending
  private var isPlaying = false
  private var request = ByteBuffer()

  init(_ bytes: [UInt8], _ ending: Ending) {
    self.bytes = bytes
    self.ending = ending
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var data = unwrapInboundIn(data)
    request.writeBuffer(&data)
    guard !isPlaying, endsRequest else { return }
    isPlaying = true
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    switch ending {
    case .stall: break
    case .close: context.close(promise: nil)
    case .repeating: flood(context)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if isPlaying { flood(context) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func flood(_ context: ChannelHandlerContext) {
    guard case .repeating(let frame) = ending, !frame.isEmpty else { return }
    let many = ByteBuffer(bytes: repeatElement(frame, count: 1 + 16_384 / frame.count).joined())
    while context.channel.isActive, context.channel.isWritable {
      context.writeAndFlush(wrapOutboundOut(many), promise: nil)
    }
  }

  /// Whether a DATA frame with END_STREAM was received, after the 24 bytes of the preface. See: RFC 9113, section 4.1
  private var endsRequest: Bool {
    var offset = 24
    while let length = request.getBytes(at: offset, length: 3),
      let type = request.getBytes(at: offset + 3, length: 2)
    {
      if type == [0, 1] { return true }
      offset += 9 + Int(length[0]) << 16 + Int(length[1]) << 8 + Int(length[2])
    }
    return false
  }
}
