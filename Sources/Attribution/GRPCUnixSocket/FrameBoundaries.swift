package import NIOCore

/// Where frames of HTTP/2 end in a row of bytes that comes in any pieces.
///
/// See: RFC 9113, section 4.1
package struct FrameBoundaries {
  /// Bytes of a frame before its payload. The first three are the payload's length.
  private static let headBytes = 9

  /// Bytes of the current frame that have come.
  private var received = 0
  /// Bytes of its payload, as far as its first three bytes have come.
  private var length = 0

  package init() {}

  /// Receives a piece. Returns how many of its bytes stand before the end of the last frame that is complete with it; 0 if none is.
  package mutating func receive(_ piece: ByteBuffer) -> Int {
    let bytes = piece.readableBytesView
    var index = bytes.startIndex
    var boundary = bytes.startIndex
    while index < bytes.endIndex {
      if received < 3 {
        length = length << 8 | Int(bytes[index])
        received += 1
        index += 1
        continue
      }
      let missing = Self.headBytes + length - received
      guard missing <= bytes.endIndex - index else {
        received += bytes.endIndex - index
        break
      }
      index += missing
      boundary = index
      received = 0
      length = 0
    }
    return boundary - bytes.startIndex
  }
}

/// Divides what comes at the end of the last complete frame.
///
/// HTTP/2's handler uses its memory again only when a piece has ended together with a frame. A server whose pieces never do would have all
/// that it sends kept as long as its connection lasts.
final class FrameDivider: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var boundaries = FrameBoundaries()

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var piece = unwrapInboundIn(data)
    if let frames = piece.readSlice(length: boundaries.receive(piece)), frames.readableBytes > 0 {
      context.fireChannelRead(wrapInboundOut(frames))
    }
    if piece.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(piece)) }
  }
}
