import GRPCCore
import GRPCUnixSocket
import NIOCore
import NIOHTTP2
import NIOPosix
import Testing

/// What a connection leaves in memory after its end. On real sockets: a channel without one reports the end of a read in any case.
@Suite(.timeLimit(.minutes(1))) struct RemainsTests {
  private struct Remains {
    weak var http2: NIOHTTP2Handler?
  }

  @Test("Nothing of a connection remains if a wrong frame is received together with its response")
  func wrongFrame() async throws {
    // DATA that belongs to no stream.
    let wrong: [UInt8] = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    try await TestServer.use { channel in
      try channel.pipeline.syncOperations.addHandler(Playback(Conversation.version + wrong, .stall))
    } _: { server in
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try Connection.add(to: channel) }
        }
        .connect(unixDomainSocketPath: server.path).get()
      let remains = try await channel.eventLoop.submit {
        let connection = try channel.pipeline.syncOperations.handler(type: Connection.self)
        let call = UnaryCall(on: channel.eventLoop, path: "/a/b", maxMessageBytes: 100)
        connection.start(call, metadata: [:], message: [1])
        let http2 = try channel.pipeline.syncOperations.handler(type: NIOHTTP2Handler.self)
        return NIOLoopBound(Remains(http2: http2), eventLoop: channel.eventLoop)
      }.get()
      try await channel.closeFuture.get()
      // What ends with the channel does so in the turns of the loop right after it.
      for _ in 0..<3 { try await channel.eventLoop.submit {}.get() }
      #expect(try await channel.eventLoop.submit { remains.value.http2 == nil }.get())
    }
  }
}
