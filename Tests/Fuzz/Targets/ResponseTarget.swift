import GRPCCore
import GRPCUnixSocket
import NIOCore
import NIOHPACK

/// Tests what a container runtime sends in a call's stream: blocks of headers and pieces of data, in any order.
enum ResponseTarget {
  private static let maxMessageBytes = 200

  /// An input is a sequence of pieces. The first byte of each says whether it is headers, whether it is the last piece, and its length.
  static func test(_ bytes: borrowing Span<UInt8>) {
    var reader = ResponseReader(maxMessageBytes: maxMessageBytes)
    var index = 0
    do throws(RPCError) {
      while index < bytes.count {
        let kind = bytes[index]
        let end = min(index + 1 + Int(kind & 0x3f), bytes.count)
        let piece = bytes.extracting(index + 1..<end)
        index = end
        if kind & 0x80 != 0 {
          try reader.receive(headers(piece), isLast: kind & 0x40 != 0)
        } else {
          try reader.receive(ByteBuffer(bytes: piece.indices.map { piece[$0] }), isLast: kind & 0x40 != 0)
        }
        guard let response = reader.response else { continue }
        precondition(response.message?.count ?? 0 <= maxMessageBytes)
        guard case .status = response.parts.last, response.parts.count <= 3 else { fatalError("\(response)") }
      }
    } catch {
      precondition(error.code.rawValue != 0)
    }
  }

  /// The headers of a response. Their values are the parts of `bytes` between zeros.
  private static func headers(_ bytes: borrowing Span<UInt8>) -> HPACKHeaders {
    let values = bytes.text.split(separator: "\0", omittingEmptySubsequences: false)
    var headers = HPACKHeaders()
    for (name, value) in zip([":status", "content-type", "grpc-status", "grpc-message", "other"], values)
    where !value.isEmpty {
      headers.add(name: name, value: String(value))
    }
    return headers
  }
}
