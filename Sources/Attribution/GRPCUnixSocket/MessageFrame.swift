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
    private var bytes = ByteBuffer()
    private var length: Int?

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// Whether the message was received only in part.
    var isAmidMessage: Bool {
      length.map { bytes.readableBytes < $0 } ?? (bytes.readableBytes > 0)
    }

    /// The message, if it is complete.
    var message: [UInt8]? {
      length.flatMap { bytes.readableBytes == $0 ? Array(bytes.readableBytesView) : nil }
    }

    /// Receives a piece. Throws if the message is too long or compressed, or if there is more than one.
    mutating func receive(_ piece: ByteBuffer) throws(RPCError) {
      var piece = piece
      if length == nil {
        let missing = Self.missingHead(bytes)
        if var head = piece.readSlice(length: min(missing, piece.readableBytes)) {
          bytes.writeBuffer(&head)
        }
        guard let flag = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return }
        guard flag == 0 else {
          throw RPCError(code: .internalError, message: "the response is compressed, which was not offered")
        }
        guard let announced = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt32.self) else { return }
        guard announced <= maxBytes else {
          throw RPCError(
            code: .resourceExhausted,
            message: "the response has \(announced) bytes, of which \(maxBytes) are accepted")
        }
        length = Int(announced)
        bytes.clear()
      }
      guard bytes.readableBytes + piece.readableBytes <= length ?? 0 else {
        throw RPCError(code: .unimplemented, message: "the response has more than one message")
      }
      bytes.writeBuffer(&piece)
    }

    private static func missingHead(_ bytes: ByteBuffer) -> Int { headBytes - bytes.readableBytes }
  }
}
