import GRPCCore
import GRPCUnixSocket
import Glibc
import NIOCore
import NIOEmbedded
import Testing

/// A connection without a socket, which receives its bytes in pieces that a test chooses.
@Suite struct ConnectionTests {
  /// The result of a call.
  private final class Outcome {
    var result: Result<UnaryResponse, any Error>?
  }

  /// Starts a call, and passes the channel to `body`.
  private func call(_ outcome: Outcome, _ body: (EmbeddedChannel) throws -> Void) throws -> WeakConnection {
    let channel = EmbeddedChannel()
    try Connection.add(to: channel)
    try channel.connect(to: SocketAddress(unixDomainSocketPath: "/s")).wait()
    let connection = try channel.pipeline.syncOperations.handler(type: Connection.self)
    let call = UnaryCall(on: channel.embeddedEventLoop, path: "/a/b", maxMessageBytes: 1_000)
    call.response.assumeIsolated().whenComplete { outcome.result = $0 }
    connection.start(call, metadata: [:], message: [1])
    try body(channel)
    _ = try? channel.finish(acceptAlreadyClosed: true)
    channel.embeddedEventLoop.run()
    return WeakConnection(connection: connection)
  }

  /// A weak reference to a connection.
  private struct WeakConnection {
    weak var connection: Connection?
  }

  private func receive(_ bytes: ArraySlice<UInt8>, on channel: EmbeddedChannel) {
    // An error ends the connection and is the result of the call.
    _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    channel.embeddedEventLoop.run()
  }

  @Test("A conversation is understood in pieces of any length", arguments: 1...24)
  func pieces(length: Int) throws {
    let bytes = Conversation.version
    let outcome = Outcome()
    let remains = try call(outcome) { channel in
      for start in stride(from: 0, to: bytes.count, by: length) {
        receive(bytes[start..<min(start + length, bytes.count)], on: channel)
      }
    }
    let message = try #require(outcome.result?.get().message)
    #expect(message.count == 35)
    #expect(remains.connection == nil)
  }

  @Test("If a conversation ends anywhere, the call ends, and nothing of its connection remains")
  func ends() throws {
    for conversation in try Conversation.all() {
      for count in conversation.indices {
        let outcome = Outcome()
        let remains = try call(outcome) { receive(conversation.prefix(count), on: $0) }
        let error = #expect(throws: RPCError.self) { try outcome.result?.get() }
        #expect(error?.code == .unavailable, "after \(count) bytes")
        #expect(remains.connection == nil, "after \(count) bytes")
      }
    }
  }

  @Test(
    "The code and the text of GOAWAY are in the error of a call that was to be answered and is not",
    arguments: [false, true])
  func goAway(isReset: Bool) throws {
    let outcome = Outcome()
    _ = try call(outcome) { channel in
      receive(Conversation.version.prefix(15), on: channel)
      receive(Self.goAway[...], on: channel)
      #expect(outcome.result == nil && channel.isActive)
      if isReset { channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNRESET, reason: "read")) }
    }
    let error = #expect(throws: RPCError.self) { try outcome.result?.get() }
    #expect(error?.code == .unavailable)
    #expect(error?.message == "the server ended the connection: INTERNAL_ERROR, no space")
  }

  @Test("GOAWAY that arrives before a call has its stream ends the call")
  func earlyGoAway() throws {
    let outcome = Outcome()
    let remains = try call(outcome) { channel in
      receive(Conversation.version.prefix(15) + Self.goAway, on: channel)
      #expect(!channel.isActive)
    }
    let error = #expect(throws: RPCError.self) { try outcome.result?.get() }
    #expect(error?.message == "the server ended the connection: INTERNAL_ERROR, no space")
    #expect(remains.connection == nil)
  }

  /// GOAWAY after stream 1, with INTERNAL_ERROR.
  private static let goAway: [UInt8] =
    [0, 0, 16, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2] + Array("no space".utf8)

  @Test("PINGs as frequent as grpc-go's are answered, and a flood of them ends the connection")
  func pings() throws {
    let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    let outcome = Outcome()
    let remains = try call(outcome) { channel in
      receive(Conversation.version.prefix(15), on: channel)
      let before = try sentBytes(channel)
      #expect(before > 0)
      receive(Array(repeatElement(ping, count: 500).joined())[...], on: channel)
      #expect(try sentBytes(channel) == 500 * ping.count)
      #expect(outcome.result == nil && channel.isActive)
      receive(Array(repeatElement(ping, count: 20_000).joined())[...], on: channel)
      #expect(!channel.isActive)
    }
    let error = #expect(throws: RPCError.self) { try outcome.result?.get() }
    #expect(error?.code == .unavailable)
    #expect(remains.connection == nil)
  }

  /// The number of bytes that were written since the last call.
  private func sentBytes(_ channel: EmbeddedChannel) throws -> Int {
    var count = 0
    while let out = try channel.readOutbound(as: ByteBuffer.self) { count += out.readableBytes }
    return count
  }
}
