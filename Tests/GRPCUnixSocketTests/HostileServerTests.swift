import GRPCCore
import NIOHPACK
import NIOHTTP2
import Testing

/// A server's violation of the protocol ends each call with an error, within its deadline, and closes each connection.
@Suite(.timeLimit(.minutes(3))) struct HostileServerTests {
  private typealias Step = HTTP2Server.Step

  private static let deadline = Duration.milliseconds(100)

  private func play(
    _ bytes: [UInt8], _ ending: @escaping @autoclosure @Sendable () -> Playback.Ending,
    within timeout: Duration = .seconds(30)
  ) async throws -> Result<[UInt8], RPCError> {
    try await TestServer.use { channel in
      try channel.pipeline.syncOperations.addHandler(Playback(bytes, ending()))
    } _: { server in
      await Client.call(server, within: timeout)
    }
  }

  /// Runs `body` for all items, with many at the same time.
  private func forAll<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, item) in items.enumerated() {
        if index >= 32 { try await group.next() }
        group.addTask { try await body(item) }
      }
      try await group.waitForAll()
    }
  }

  /// Each beginning of each conversation that is not the whole.
  private func beginnings() throws -> [[UInt8]] {
    try Conversation.all().flatMap { conversation in
      conversation.indices.map { Array(conversation.prefix($0)) }
    }
  }

  @Test("Conversations with containerd are understood")
  func conversations() async throws {
    var texts: [String] = []
    for conversation in try Conversation.all() {
      let message = try #require(await play(conversation, .stall).message)
      texts.append(String(decoding: message, as: UTF8.self))
    }
    #expect(texts[0].contains("containerd") && texts[0].contains("1.6.20"))
    #expect(texts[1].contains("containerd") && texts[1].contains("2.1.9"))
    #expect(texts[2].contains("prod") && texts[2].contains("web"))
  }

  @Test("A server that closes at any byte of a conversation leaves no call waiting")
  func closes() async throws {
    try await forAll(beginnings()) { bytes in
      let error = try await play(bytes, .close).error
      #expect(error?.code == .unavailable, "after \(bytes.count) bytes")
    }
  }

  @Test("A server that stalls at any byte of a conversation is abandoned at the deadline")
  func stalls() async throws {
    try await forAll(beginnings()) { bytes in
      let error = try await play(bytes, .stall, within: Self.deadline).error
      #expect(error?.code == .deadlineExceeded, "after \(bytes.count) bytes")
    }
  }

  @Test(
    "A server that sends any wrong byte in a conversation cannot make a call hang, nor change the length of its message"
  )
  func lies() async throws {
    let lies = try Conversation.all().flatMap { conversation in
      conversation.indices.flatMap { index in [0x01, 0x80, 0xff].map { (conversation, index, $0 as UInt8) } }
    }
    try await forAll(lies) { conversation, index, lie in
      var bytes = conversation
      bytes[index] ^= lie
      let name = "byte \(index) of \(bytes.count), changed by \(lie)"
      switch try await play(bytes, .stall, within: Self.deadline) {
      case .success(let message):
        #expect(message.count == (try await play(conversation, .stall).message?.count), "\(name)")
      case .failure(let error):
        #expect(!["NIO", "HTTP2E", ".swift"].contains { error.message.contains($0) }, "\(name): \(error)")
      }
    }
  }

  @Test(
    "A server that does not speak HTTP/2 is reported as such",
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP", "SSH-2.0-OpenSSH_9.2\r\n",
      String(repeating: "\0", count: 64),
      // An alert of TLS, shorter than a frame's header.
      "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{46}",
      // containerd's ttrpc: lengths of the data and the stream, type and flags.
      "\0\0\0\u{4}\0\0\0\u{1}\u{2}\0abcd",
    ])
  func otherProtocols(text: String) async throws {
    let error = try await play(Array(text.utf8), .stall).error
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("speaks no HTTP/2") == true)
  }

  /// Frames: length, type, flags, stream, payload. See: RFC 9113, section 6
  private enum Frame {
    static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    static let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    static let emptyData: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 1]
    /// `:status: 200`. Without END_HEADERS it is not the end of the headers.
    static let openHeaders: [UInt8] = [0, 0, 1, 1, 0, 0, 0, 0, 1, 0x88]
    static let continuation: [UInt8] =
      [0, 0x20, 0, 9, 0, 0, 0, 0, 1] + repeatElement([0x0f, 0x10], count: 0x1000).joined()
    static let emptyContinuation: [UInt8] = [0, 0, 0, 9, 0, 0, 0, 0, 1]
    static let unknown: [UInt8] = [0, 0, 0, 0xfe, 0, 0, 0, 0, 0]
    static let windowUpdate: [UInt8] = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    static let priority: [UInt8] = [0, 0, 5, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    /// `:status: 103`, an informational response.
    static let earlyHints: [UInt8] = [0, 0, 5, 1, 4, 0, 0, 0, 1, 0x08, 3, 0x31, 0x30, 0x33]
    static let goAway: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]
  }

  @Test(
    "A flood ends the connection",
    arguments: [
      (Frame.settings, Frame.settings, "excessive control frames"),
      (Frame.settings, Frame.ping, "excessive control frames"),
      (Frame.settings, Frame.priority, "excessive control frames"),
      (Frame.settings + Frame.openHeaders, Frame.continuation, "excessively large header block"),
      (Frame.settings + Frame.openHeaders, Frame.emptyContinuation, "excessive continuation frames"),
    ])
  func floods(head: [UInt8], frame: [UInt8], words: String) async throws {
    let error = try await play(head, .repeating(frame)).error
    #expect(error?.code == .unavailable)
    #expect(error?.message == "the server violated HTTP/2: \(words)")
  }

  @Test(
    "A violation of HTTP/2 is reported in words",
    arguments: [
      ("settings of an invalid length", [0, 0, 5, 4, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5], "unable to parse frame"),
      ("a push that is not enabled", [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2], "invalid setting"),
      ("data before headers", Frame.settings + Frame.emptyData, "bad stream state transition"),
      ("data of no stream", Frame.settings + [0, 0, 0, 0, 0, 0, 0, 0, 9], "no such stream"),
      (
        "a frame longer than allowed", Frame.settings + [0, 0x40, 1, 0, 0, 0, 0, 0, 1],
        "unable to parse frame"
      ),
      // `content-type: a`, but no `:status`.
      (
        "no status", Frame.settings + [0, 0, 4, 1, 4, 0, 0, 0, 1, 0x0f, 0x10, 1, 0x61],
        "invalid pseudo headers"
      ),
      (
        "an invalid last stream", Frame.settings + [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0],
        "invalid stream ID for peer"
      ),
    ] as [(String, [UInt8], String)])
  func violations(name: String, bytes: [UInt8], words: String) async throws {
    let error = try await play(bytes, .stall).error
    #expect(error?.code == .unavailable, "\(name)")
    #expect(error?.message == "the server violated HTTP/2: \(words)", "\(name)")
  }

  private static let successWithoutMessage: HPACKHeaders = [
    ":status": "200", "content-type": "application/grpc", "grpc-status": "0",
  ]

  @Test("A flood of empty data ends the call")
  func emptyData() async throws {
    try await TestServer.use(
      HTTP2Server.serve { _ in [.head] + Array(repeating: Step.data([]), count: 1_000) }
    ) { server in
      #expect(await Client.call(server).error?.code == .unavailable)
    }
  }

  @Test(
    "A flood that needs no memory ends at the deadline",
    arguments: [
      ("frames of an unknown type", Frame.unknown), ("announcements of the end", Frame.goAway),
      ("windows", Frame.windowUpdate), ("informational heads", Frame.earlyHints),
    ])
  func idleFloods(name: String, frame: [UInt8]) async throws {
    let error = try await play(Frame.settings, .repeating(frame), within: .milliseconds(500)).error
    #expect(error?.code == .deadlineExceeded, "\(name)")
  }

  @Test("A message of 4 GiB is refused as soon as its length is received")
  func tooLong() async throws {
    try await TestServer.use(HTTP2Server.serve { _ in [.head, .data([0, 0xff, 0xff, 0xff, 0xff])] }) {
      server in
      let error = await Client.call(server).error
      #expect(error?.code == .resourceExhausted)
      #expect(error?.message.contains("4294967295 bytes") == true)
    }
  }

  @Test(
    "An invalid response is an error",
    arguments: [
      ("two messages", [.head, .message([1]), .message([2]), .ok], .internalError),
      ("no message", [.head, .ok], .internalError),
      ("no message, and no head", [.headers(Self.successWithoutMessage, isLast: true)], .internalError),
      ("half a message", [.head, .data([0, 0, 0, 0, 9, 1]), .ok], .internalError),
      ("half a head of a message", [.head, .data([0, 0]), .ok], .internalError),
      ("a compressed message", [.head, .data([1, 0, 0, 0, 1, 1]), .ok], .internalError),
      ("no status", [.head, .message([1]), .headers(["a": "b"], isLast: true)], .unknown),
      ("no trailers", [.head, .data(HTTP2Server.framed([1]), isLast: true)], .internalError),
      ("an unknown status", [.head, .message([1]), .trailers("99")], .unknown),
      ("a status that is no number", [.head, .message([1]), .trailers("ok")], .unknown),
      ("a status with a sign", [.head, .message([1]), .trailers("+0")], .unknown),
      (
        "a status of HTTP with a sign",
        [.headers([":status": "+200", "content-type": "application/grpc"]), .message([1]), .ok],
        .internalError
      ),
      ("another protocol", [.headers([":status": "200", "content-type": "application/grpc-web"])], .unknown),
      (
        "a web page",
        [.headers([":status": "200", "content-type": "text/html"]), .data([60], isLast: true)], .unknown
      ),
      ("another status of HTTP", [.headers([":status": "503"], isLast: true)], .unavailable),
    ] as [(String, [HTTP2Server.Step], RPCError.Code)])
  func wrongResponses(name: String, steps: [HTTP2Server.Step], code: RPCError.Code) async throws {
    try await TestServer.use(HTTP2Server.serve { _ in steps }) { server in
      let error = await Client.call(server, within: .seconds(5)).error
      #expect(error?.code == code, "\(name): \(String(describing: error))")
    }
  }
}
