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

/// Splits received bytes after the last complete frame, and refuses a server that speaks another protocol.
///
/// HTTP/2's handler reuses its memory only when a piece ends together with a frame. Otherwise everything that a server sends
/// could be kept in memory as long as its connection lasts.
final class FrameDivider: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var boundaries = FrameBoundaries()
  /// The first bytes, until there are enough to recognize the protocol; then nil.
  private var start: ByteBuffer? = ByteBuffer()

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var piece = unwrapInboundIn(data)
    if var start {
      start.writeBuffer(&piece)
      guard let isSettings = Self.isSettings(start) else {
        self.start = start
        return
      }
      guard isSettings else { return context.fireErrorCaught(NoHTTP2()) }
      self.start = nil
      piece = start
    }
    if let frames = piece.readSlice(length: boundaries.receive(piece)), frames.readableBytes > 0 {
      context.fireChannelRead(wrapInboundOut(frames))
    }
    if piece.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(piece)) }
  }

  /// Ends the read in which the channel was closed, if there is one: a channel that closes amid a read, such as when a write fails, does not.
  /// HTTP/2's handler keeps the streams of a read until its end, and they keep the handler.
  func channelInactive(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    context.fireChannelInactive()
  }

  /// Whether the bytes begin with the header of a SETTINGS frame, as everything that an HTTP/2 server sends; nil if that is not decided yet.
  private static func isSettings(_ bytes: ByteBuffer) -> Bool? {
    // Type 4 and stream 0; between them are flags.
    for (offset, expected) in [(3, 4), (5, 0), (6, 0), (7, 0), (8, 0)] as [(Int, UInt8)] {
      guard let byte = bytes.getInteger(at: bytes.readerIndex + offset, as: UInt8.self) else { return nil }
      guard byte == expected else { return false }
    }
    return true
  }
}
