import GRPCCore
import GRPCUnixSocket
import NIOCore
import NIOEmbedded

/// Tests what a container runtime sends on a connection during one call.
///
/// The first two bytes of an input say where it is split into small pieces, and how long these are. There are few small pieces,
/// because each costs as much as many bytes do.
///
/// Whatever arrives, the call must end with its connection, and the client must send no more than the received frames require.
enum ConversationTarget {
  private static let smallPieces = 8

  static func test(_ bytes: borrowing Span<UInt8>) {
    guard bytes.count > 2 else { return }
    do {
      let channel = EmbeddedChannel()
      try Connection.add(to: channel)
      try channel.connect(to: SocketAddress(unixDomainSocketPath: "/s")).wait()
      let connection = try channel.pipeline.syncOperations.handler(type: Connection.self)
      let call = UnaryCall(on: channel.embeddedEventLoop, path: "/a/b", maxMessageBytes: 4_096)
      var ends = 0
      call.response.assumeIsolated().whenComplete { _ in ends += 1 }
      connection.start(call, metadata: [:], message: [1, 2, 3])

      var sent = 0
      var index = 2
      for piece in 0...smallPieces + 1 where channel.isActive {
        let length =
          switch piece {
          // An input has up to 512 bytes.
          case 0: 2 * Int(bytes[0])
          case 1...smallPieces: Int(bytes[1])
          default: bytes.count
          }
        let end = min(index + length, bytes.count)
        guard end > index else { continue }
        let buffer = ByteBuffer(bytes: (index..<end).map { bytes[$0] })
        index = end
        // An error ends the connection and is the result of the call.
        _ = try? channel.writeInbound(buffer)
        channel.embeddedEventLoop.run()
        while let out = try channel.readOutbound(as: ByteBuffer.self) { sent += out.readableBytes }
      }
      // The client sends the preface and the request, and a short answer to each frame, which has at least 9 bytes.
      precondition(sent <= 1_024 + 17 * bytes.count, "sent \(sent)")
      _ = try? channel.finish(acceptAlreadyClosed: true)
      channel.embeddedEventLoop.run()
      precondition(ends == 1, "the call goes on without a connection")
    } catch {
      fatalError("\(error)")
    }
  }
}
