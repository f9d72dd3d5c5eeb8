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

  /// The offsets in the recorded conversation at which a frame ends.
  private static let frameEnds =
    Conversation.version.indices.filter { index in
      var boundaries = FrameBoundaries()
      return boundaries.receive(ByteBuffer(bytes: Conversation.version[..<index])) == index
    } + [Conversation.version.count]

  /// Frames that end a connection, or a call. The first is DATA that belongs to no stream.
  private static let wrongFrames: [[UInt8]] = [
    [0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    // DATA of a stream that was not opened.
    [0, 0, 1, 0, 0, 0, 0, 0, 99, 0],
    // A PING that is too short.
    [0, 0, 3, 6, 0, 0, 0, 0, 0, 1, 2, 3],
    // GOAWAY before all streams, and RST_STREAM of the call's.
    [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2],
  ]

  @Test(
    "Nothing of a connection remains if a wrong frame arrives with a response or a part of it",
    arguments: wrongFrames, [Playback.Ending.stall, .close])
  func wrongFrame(_ wrong: [UInt8], _ ending: Playback.Ending) async throws {
    for count in Self.frameEnds { try await play(Array(Conversation.version.prefix(count)) + wrong, ending) }
  }

  /// Makes a call whose response are the bytes, and expects that nothing of the connection remains.
  private func play(_ bytes: [UInt8], _ ending: Playback.Ending) async throws {
    try await TestServer.use { channel in
      try channel.pipeline.syncOperations.addHandler(Playback(bytes, ending))
    } _: { server in
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try Connection.add(to: channel) }
        }
        .connect(unixDomainSocketPath: server.path).get()
      let (call, remains) = try await channel.eventLoop.submit {
        let connection = try channel.pipeline.syncOperations.handler(type: Connection.self)
        let call = UnaryCall(on: channel.eventLoop, path: "/a/b", maxMessageBytes: 100)
        connection.start(call, metadata: [:], message: [1])
        let http2 = try channel.pipeline.syncOperations.handler(type: NIOHTTP2Handler.self)
        return (call, NIOLoopBound(Remains(http2: http2), eventLoop: channel.eventLoop))
      }.get()
      _ = try? await call.response.get()
      // A server that only resets the stream leaves the connection open.
      try? await channel.close()
      try await channel.closeFuture.get()
      // What ends with the channel does so in the turns of the loop right after it.
      for _ in 0..<3 { try await channel.eventLoop.submit {}.get() }
      #expect(
        try await channel.eventLoop.submit { remains.value.http2 == nil }.get(),
        "\(bytes.count) bytes, then \(ending)")
    }
  }
}
