import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

/// Listens at its own unix socket, and handles each connection as a test defines.
struct TestServer {
  let path: String
  private let directory: TemporaryDirectory
  private let channel: any Channel
  private let opened = Connections()

  /// `serve` configures the channel of each connection.
  private init(
    backlog: CInt, accepts: Bool, _ serve: @escaping @Sendable (any Channel) throws -> Void
  ) async throws {
    directory = try TemporaryDirectory()
    path = "\(directory.path)/s"
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: backlog)
      .serverChannelOption(.autoRead, value: accepts)
      .childChannelInitializer { [opened] channel in
        opened.add(channel)
        return channel.eventLoop.makeCompletedFuture { try serve(channel) }
      }
      .bind(unixDomainSocketPath: path).get()
  }

  /// The number of connections so far.
  var connections: Int { opened.channels.count }

  /// Runs `body` with a server, then waits until the client has closed each connection: none may be left open.
  ///
  /// If the server accepts no connections, `backlog` and one of them wait.
  static func use<Value>(
    backlog: CInt = 256, accepts: Bool = true, _ serve: @escaping @Sendable (any Channel) throws -> Void,
    _ body: (TestServer) async throws -> Value
  ) async throws -> Value {
    let server = try await TestServer(backlog: backlog, accepts: accepts, serve)
    defer { server.directory.removeAll() }
    let result: Result<Value, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    try await server.channel.close()
    for channel in server.opened.channels { try await channel.closeFuture.get() }
    return try result.get()
  }
}

/// The channels of all connections.
private final class Connections: Sendable {
  private let all = NIOLockedValueBox<[any Channel]>([])
  var channels: [any Channel] { all.withLockedValue { $0 } }
  func add(_ channel: any Channel) { all.withLockedValue { $0.append(channel) } }
}
