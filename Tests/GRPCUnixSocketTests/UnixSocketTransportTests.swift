import GRPCCore
import GRPCUnixSocket
import NIOHPACK
import NIOHTTP2
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct UnixSocketTransportTests {
  private typealias Step = HTTP2Server.Step

  /// The error of a call that a server answers with `steps`.
  private func error(_ steps: [HTTP2Server.Step]) async throws -> RPCError? {
    try await TestServer.use(HTTP2Server.serve { _ in steps }) { await Client.call($0).error }
  }

  @Test("An echoed message is received, and the request has the headers of gRPC")
  func echo() async throws {
    let heads = Mutex<[HPACKHeaders]>([])
    let serve = HTTP2Server.serve { request in
      heads.withLock { $0.append(request.headers) }
      return [.head, .data(request.data), .ok]
    }
    try await TestServer.use(serve) { server in
      #expect(await Client.call(server, [1, 2, 3]).message == [1, 2, 3])
      #expect(await Client.call(server, []).message == [])
    }
    let received = heads.withLock { $0 }
    let head = try #require(received.first)
    #expect(head.first(name: ":path") == "/test.Echo/Say")
    #expect(head.first(name: ":authority") == "localhost")
    #expect(head.first(name: "te") == "trailers")
    #expect(head.first(name: "content-type") == "application/grpc")
    // The timeout is 30 s, less the time that has passed.
    #expect(head.first(name: "grpc-timeout")?.isEmpty == false)
  }

  @Test("A message is assembled from pieces of any length", arguments: [1, 2, 4, 5, 6, 100])
  func pieces(length: Int) async throws {
    let message = (0..<251).map { UInt8($0) }
    let framed = HTTP2Server.framed(message)
    let pieces = stride(from: 0, to: framed.count, by: length).map {
      Step.data(Array(framed[$0..<min($0 + length, framed.count)]))
    }
    let serve = HTTP2Server.serve { _ in [.head] + pieces + [.ok] }
    #expect(try await TestServer.use(serve) { await Client.call($0).message } == message)
  }

  @Test("Echoed messages larger than every flow-control window are received completely")
  func large() async throws {
    let message = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let serve = HTTP2Server.serve { [.head, .data($0.data), .ok] }
    #expect(try await TestServer.use(serve) { await Client.call($0, message).message } == message)
  }

  @Test("2,000 calls in a row and 100 at once succeed on one connection, with PINGs beside each response")
  func many() async throws {
    let serve = HTTP2Server.serve { [.ping(1), .head, .data($0.data), .ping(1), .ok] }
    try await TestServer.use(serve) { server in
      try await withGRPCClient(transport: UnixSocketTransport(path: server.path)) { client in
        for number in 0..<2_000 {
          let message = [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
          let answer = await Client.call(client, message)
          try #require(answer.message == message, "call \(number): \(answer)")
        }
        await withTaskGroup { group in
          for number in 0..<100 {
            group.addTask { #expect(await Client.call(client, [UInt8(number)]).message == [UInt8(number)]) }
          }
        }
      }
      #expect(server.connections == 1)
    }
  }

  @Test("The status and the message in trailers become the error of a call")
  func status() async throws {
    let late = try await error([.head, .trailers("5", "no %E2%82%AC, 100%")])
    #expect(late?.code == .notFound)
    #expect(late?.message == "no €, 100%")
    let only = try await error([
      .headers(
        [
          ":status": "200", "content-type": "application/grpc", "grpc-status": "12",
          "grpc-message": "unknown method",
        ], isLast: true)
    ])
    #expect(only?.code == .unimplemented)
    #expect(only?.message == "unknown method")
  }

  @Test(
    "The error of a reset stream says why it was reset",
    arguments: [
      (.refusedStream, .unavailable, "REFUSED_STREAM"), (.cancel, .cancelled, "CANCEL"),
      (.enhanceYourCalm, .resourceExhausted, "ENHANCE_YOUR_CALM"), (.noError, .internalError, "NO_ERROR"),
      (.protocolError, .internalError, "PROTOCOL_ERROR"),
      (.http11Required, .internalError, "HTTP_1_1_REQUIRED"),
      (HTTP2ErrorCode(networkCode: 14), .internalError, "error 14"),
    ] as [(HTTP2ErrorCode, RPCError.Code, String)])
  func reset(code: HTTP2ErrorCode, meaning: RPCError.Code, name: String) async throws {
    for steps in [[.reset(code)], [.head, .message([1]), .reset(code)]] as [[Step]] {
      let error = try await error(steps)
      #expect(error?.code == meaning)
      #expect(error?.message == "the server reset the stream: \(name)")
    }
  }

  @Test(
    "After GOAWAY an answered call continues, a refused one fails, and the next one uses another connection"
  )
  func goAway() async throws {
    let answered = HTTP2Server.serve { [.goAway(last: 1), .head, .data($0.data), .ok] }
    try await TestServer.use(answered) { server in
      try await withGRPCClient(transport: UnixSocketTransport(path: server.path)) { client in
        for number in 1...5 {
          #expect(await Client.call(client, [1]).message == [1])
          #expect(server.connections == number)
        }
      }
    }
    let refused = try await error([.goAway(last: 0)])
    #expect(refused?.code == .unavailable)
    #expect(refused?.message == "the server ended the connection: NO_ERROR")
  }

  @Test("The code and the text of GOAWAY are in the error of a refused call")
  func goAwayText() async throws {
    let refused = try await error([.goAway(last: 0, .enhanceYourCalm, text: "too_many_pings")])
    #expect(refused?.message == "the server ended the connection: ENHANCE_YOUR_CALM, too_many_pings")
    let long = try await error([.goAway(last: 0, text: String(repeating: "x", count: 10_000))])
    #expect(
      long?.message == "the server ended the connection: NO_ERROR, " + String(repeating: "x", count: 100))
  }

  @Test("After the server has closed a connection, the next call opens a new one")
  func reconnects() async throws {
    try await TestServer.use { channel in
      try HTTP2Server.serve { request in
        guard request.number == 0 else {
          channel.close(promise: nil)
          return []
        }
        return [.head, .data(request.data), .ok]
      }(channel)
    } _: { server in
      try await withGRPCClient(transport: UnixSocketTransport(path: server.path)) { client in
        for _ in 1...5 {
          #expect(await Client.call(client, [1]).message == [1])
          #expect(await Client.call(client).error?.code == .unavailable)
        }
      }
      #expect(server.connections == 5)
    }
  }

  @Test("A call ends at its deadline, and other calls of its connection continue")
  func deadline() async throws {
    let serve = HTTP2Server.serve { $0.number == 0 ? [] : [.head, .data($0.data), .ok] }
    try await TestServer.use(serve) { server in
      try await withGRPCClient(transport: UnixSocketTransport(path: server.path)) { client in
        #expect(await Client.call(client, within: .milliseconds(50)).error?.code == .deadlineExceeded)
        #expect(await Client.call(client, [1]).message == [1])
      }
      #expect(server.connections == 1)
    }
  }

  @Test("A cancelled call ends, and the server is notified")
  func cancellation() async throws {
    let (requests, request) = AsyncStream.makeStream(of: Void.self)
    let serve = HTTP2Server.serve { _ in
      request.yield()
      return []
    }
    try await TestServer.use(serve) { server in
      let call = Task { await Client.call(server) }
      for await _ in requests { break }
      call.cancel()
      #expect(await call.value.error?.code == .cancelled)
    }
  }

  @Test("A call that has ended before its request was complete is not started")
  func endedBefore() async throws {
    try await TestServer.use(HTTP2Server.serve { [.head, .data($0.data), .ok] }) { server in
      let transport = UnixSocketTransport(path: server.path)
      try await transport.withStream(
        descriptor: MethodDescriptor(fullyQualifiedService: "a", method: "b"), options: .defaults
      ) { stream, _ in
        let reading = Task { for try await _ in stream.inbound {} }
        reading.cancel()
        _ = await reading.result
        try await stream.outbound.write(.message([]))
        await stream.outbound.finish()
      }
      transport.beginGracefulShutdown()
      try await transport.connect()
      #expect(server.connections == 0)
    }
  }

  @Test("Without a listening server the error says so at once")
  func refused() async throws {
    let path = try await TestServer.use({ _ in }) { $0.path }
    let transport = UnixSocketTransport(path: path)
    let error = try await withGRPCClient(transport: transport) { await Client.call($0).error }
    #expect(error?.code == .unavailable)
    #expect(error?.message.hasPrefix("cannot connect: ") == true)
  }

  @Test(
    "A server that accepts no connection is left at the deadline, and once no further one may wait, at once")
  func unaccepted() async throws {
    try await TestServer.use(backlog: 0, accepts: false, { _ in }) { server in
      #expect(await Client.call(server, within: .milliseconds(50)).error?.code == .deadlineExceeded)
      let error = await Client.call(server).error
      #expect(error?.code == .unavailable)
      #expect(error?.message == "cannot connect: Resource temporarily unavailable")
    }
  }

  @Test("After the shutdown no call is started")
  func shutdown() async throws {
    try await TestServer.use(HTTP2Server.serve { [.head, .data($0.data), .ok] }) { server in
      let transport = UnixSocketTransport(path: server.path)
      transport.beginGracefulShutdown()
      try await transport.connect()
      let error = await #expect(throws: RPCError.self) {
        try await transport.withStream(
          descriptor: MethodDescriptor(fullyQualifiedService: "a", method: "b"), options: .defaults
        ) { stream, _ in
          try await stream.outbound.write(.message([]))
          await stream.outbound.finish()
          for try await _ in stream.inbound {}
        }
      }
      #expect(error?.code == .failedPrecondition)
      #expect(server.connections == 0)
    }
  }
}
