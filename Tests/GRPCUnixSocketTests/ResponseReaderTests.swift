import GRPCCore
import GRPCUnixSocket
import NIOCore
import NIOHPACK
import Testing

@Suite struct ResponseReaderTests {
  private static let head: HPACKHeaders = [
    ":status": "200", "content-type": "application/grpc+proto", "a": "b",
  ]

  private func response(_ pieces: [[UInt8]], maxBytes: Int = 16) throws -> UnaryResponse? {
    var reader = ResponseReader(maxMessageBytes: maxBytes)
    try reader.receive(Self.head, isLast: false)
    for piece in pieces { try reader.receive(ByteBuffer(bytes: piece), isLast: false) }
    try reader.receive(["grpc-status": "0", "c": "d"], isLast: true)
    return reader.response
  }

  @Test("A response with other headers than those of gRPC is read")
  func otherHeaders() throws {
    let response = try #require(try response([HTTP2Server.framed([1])]))
    #expect(response.message == [1])
    #expect(response.status.code == .ok)
  }

  @Test("A message may have exactly the maximum size")
  func limit() throws {
    let message = [UInt8](repeating: 1, count: 16)
    #expect(try response([HTTP2Server.framed(message)])?.message == message)
    let error = #expect(throws: RPCError.self) { try response([HTTP2Server.framed(message + [1])]) }
    #expect(error?.code == .resourceExhausted)
  }

  @Test("A response that succeeds without exactly one message is an error")
  func messages() throws {
    let error = #expect(throws: RPCError.self) { try response([]) }
    #expect(error?.message == "the response has no message")
    let half = #expect(throws: RPCError.self) { try response([[0, 0, 0, 0]]) }
    #expect(half?.message == "the response ended amid its message")
    let two = #expect(throws: RPCError.self) { try response([HTTP2Server.framed([1]) + [0]]) }
    #expect(two?.message == "the response has more than one message")
  }

  @Test("Empty pieces change nothing")
  func emptyPieces() throws {
    #expect(try response([[], [0, 0], [], [0, 0, 1], [], [7], []])?.message == [7])
  }

  @Test("Informational responses precede the actual one")
  func informational() throws {
    var reader = ResponseReader(maxMessageBytes: 1)
    try reader.receive([":status": "103"], isLast: false)
    try reader.receive(
      [":status": "200", "content-type": "application/grpc", "grpc-status": "7"], isLast: true)
    #expect(reader.response?.status.code == .permissionDenied)
  }

  @Test("Nothing may follow the end, and no data may precede the headers")
  func order() throws {
    var reader = ResponseReader(maxMessageBytes: 1)
    #expect(throws: RPCError.self) { try reader.receive(ByteBuffer(bytes: [0]), isLast: false) }
    try reader.receive(Self.head, isLast: true)
    #expect(reader.response?.status.code == .unknown)
    #expect(throws: RPCError.self) { try reader.receive(["grpc-status": "0"], isLast: true) }
  }

  @Test(
    "Invalid percent-encoding is kept as it is",
    arguments: [
      ("", ""), ("a b", "a b"), ("%41", "A"), ("%e2%82%ac", "€"), ("%", "%"), ("%4", "%4"),
      ("%zz%41", "%zzA"),
      ("%%41", "%A"), ("%ff", "\u{fffd}"),
    ])
  func percentEncoding(text: String, decoded: String) {
    #expect(PercentEncoding.decode(text) == decoded)
  }
}
