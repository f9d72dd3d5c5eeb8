import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

/// Listens at a unix socket of its own, and does with each connection what a test wants.
struct TestServer {
  let path: String
  private let directory: TemporaryDirectory
  private let channel: any Channel
  private let opened = Connections()

  /// `serve` prepares the channel of each connection.
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

  /// Connections that were made.
  var connections: Int { opened.channels.count }

  /// Lends a server to `body`. Afterwards waits until the client has closed each connection: none may be left open.
  ///
  /// Connections that it does not accept wait, as many as `backlog` and one.
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

/// The channels of connections.
private final class Connections: Sendable {
  private let all = NIOLockedValueBox<[any Channel]>([])
  var channels: [any Channel] { all.withLockedValue { $0 } }
  func add(_ channel: any Channel) { all.withLockedValue { $0.append(channel) } }
}
