internal import GRPCCore
internal import NIOCore

/// gRPC's framing of a message: a byte that says whether it is compressed, four bytes of length, and the message.
///
/// See: "Length-Prefixed-Message" in gRPC's PROTOCOL-HTTP2.md
enum MessageFrame {
  /// The size of the header in bytes.
  static let headBytes = 5

  /// Appends an uncompressed message.
  static func append(_ message: [UInt8], to buffer: inout ByteBuffer) {
    buffer.writeInteger(0 as UInt8)
    buffer.writeInteger(UInt32(message.count))
    buffer.writeBytes(message)
  }

  /// Reads the only message of a stream, which arrives in pieces of any length.
  ///
  /// It stores only what was received, and never more than `maxBytes`.
  struct Reader {
    private let maxBytes: Int
    /// As much of the header as was received.
    private var head: [UInt8] = []
    /// The message's length in bytes, once the header was received.
    private var length: Int?
    /// As much of the message as was received.
    private var received: [UInt8] = []

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// The message. Throws if there is none, or only a part of it.
    var message: [UInt8] {
      get throws(RPCError) {
        guard !head.isEmpty else {
          throw RPCError(code: .internalError, message: "the response has no message")
        }
        guard received.count == length else {
          throw RPCError(code: .internalError, message: "the response ended amid its message")
        }
        return received
      }
    }

    /// Receives a piece. Throws if the message is too long or compressed, or if there is more than one.
    mutating func receive(_ piece: ByteBuffer) throws(RPCError) {
      var piece = piece
      if length == nil { try receiveHead(&piece) }
      guard piece.readableBytes > 0, let length else { return }
      guard received.count + piece.readableBytes <= length else {
        throw RPCError(code: .internalError, message: "the response has more than one message")
      }
      received.append(contentsOf: piece.readableBytesView)
    }

    /// Takes the bytes that the header lacks out of a piece.
    private mutating func receiveHead(_ piece: inout ByteBuffer) throws(RPCError) {
      let missing = MessageFrame.headBytes - head.count
      head += piece.readBytes(length: min(missing, piece.readableBytes)) ?? []
      guard head.first ?? 0 == 0 else {
        throw RPCError(code: .internalError, message: "the response is compressed, which was not offered")
      }
      guard head.count == MessageFrame.headBytes else { return }
      let announced = head.dropFirst().reduce(0) { $0 << 8 | Int($1) }
      guard announced <= maxBytes else {
        throw RPCError(
          code: .resourceExhausted,
          message: "the response has \(announced) bytes, of which \(maxBytes) are accepted")
      }
      // Memory that is not used is only an address range.
      received.reserveCapacity(announced)
      length = announced
    }
  }
}
