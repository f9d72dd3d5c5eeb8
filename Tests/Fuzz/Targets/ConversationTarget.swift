import GRPCCore
import GRPCUnixSocket
import NIOCore
import NIOEmbedded

/// What a container runtime sends on a connection, while one call is made. The first byte says in what pieces it comes.
///
/// Whatever comes, the call has ended when the connection has, and what the client has sent is no more than what it received calls for.
enum ConversationTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    guard bytes.count > 1 else { return }
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
      let length = bytes[0] == 0 ? bytes.count : Int(bytes[0])
      for start in stride(from: 1, to: bytes.count, by: length) where channel.isActive {
        let piece = bytes.extracting(start..<min(start + length, bytes.count))
        // An error ends the connection, and what it says is the call's.
        _ = try? channel.writeInbound(ByteBuffer(bytes: piece.indices.map { piece[$0] }))
        channel.embeddedEventLoop.run()
        while let out = try channel.readOutbound(as: ByteBuffer.self) { sent += out.readableBytes }
      }
      // The preface and the request, and for each frame, of at least 9 bytes, a short answer.
      precondition(sent <= 1_024 + 17 * bytes.count, "sent \(sent)")
      _ = try? channel.finish(acceptAlreadyClosed: true)
      channel.embeddedEventLoop.run()
      precondition(ends == 1, "the call goes on without a connection")
    } catch {
      fatalError("\(error)")
    }
  }
}
