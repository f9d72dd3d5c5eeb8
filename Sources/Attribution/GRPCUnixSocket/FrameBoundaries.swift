package import NIOCore

/// Finds where HTTP/2 frames end in a sequence of bytes that arrives in pieces of any length.
///
/// See: RFC 9113, section 4.1
package struct FrameBoundaries {
  /// The size of a frame's header in bytes. Its first three bytes are the payload's length.
  private static let headBytes = 9

  /// How many bytes of the current frame were received.
  private var received = 0
  /// The length of its payload, as far as the first three bytes were received.
  private var length = 0

  package init() {}

  /// Receives a piece. Returns the offset in it after the last frame that is complete; 0 if the piece completes none.
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

/// Splits received bytes after the last complete frame.
///
/// HTTP/2's handler reuses its memory only when a piece ends together with a frame. Otherwise everything that a server sends
/// could be kept in memory as long as its connection lasts.
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
