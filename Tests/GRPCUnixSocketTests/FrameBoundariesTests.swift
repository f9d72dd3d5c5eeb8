import GRPCUnixSocket
import NIOCore
import Testing

@Suite struct FrameBoundariesTests {
  /// The lengths of the payloads in `Conversation.version`.
  private static let payloads = [6, 0, 4, 8, 14, 40, 24]

  @Test("The end of the last complete frame is found in pieces of any length", arguments: 1...160)
  func pieces(length: Int) {
    var ends: Set<Int> = []
    var end = 0
    for payload in Self.payloads {
      end += 9 + payload
      ends.insert(end)
    }
    let bytes = Conversation.version
    #expect(end == bytes.count)

    var boundaries = FrameBoundaries()
    for start in stride(from: 0, to: bytes.count, by: length) {
      let piece = start..<min(start + length, bytes.count)
      let last = ends.filter { piece.lowerBound < $0 && $0 <= piece.upperBound }.max() ?? piece.lowerBound
      #expect(boundaries.receive(ByteBuffer(bytes: bytes[piece])) == last - piece.lowerBound)
    }
  }

  @Test("A payload of maximum length, and bytes read before, change nothing")
  func longest() {
    var boundaries = FrameBoundaries()
    var first = ByteBuffer(bytes: [1, 2, 3] + [0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0])
    first.moveReaderIndex(forwardBy: 3)
    #expect(boundaries.receive(first) == 0)
    #expect(boundaries.receive(ByteBuffer(repeating: 0, count: 0xff_fffe)) == 0)
    #expect(boundaries.receive(ByteBuffer(repeating: 0, count: 9)) == 1)
    #expect(boundaries.receive(ByteBuffer(repeating: 0, count: 1)) == 1)
  }
}
