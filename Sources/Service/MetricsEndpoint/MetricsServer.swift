internal import Glibc
internal import LinuxSystem
package import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SystemPackage

/// Serves metrics over HTTP/1.1, with one answer per connection and strict limits for clients.
package struct MetricsServer: Sendable {
  private let channel: any Channel

  /// The maximum of simultaneous connections. For a further one an older connection is closed.
  static let maxConnections = 32
  /// The maximum duration of a connection, from its first byte to the last byte of the answer.
  static let timeout = TimeAmount.seconds(10)
  /// The maximum size of a request in bytes.
  static let maxBytes = 16_384

  /// How many bytes of an answer the kernel buffers for one connection; it may use twice as many. They count as the service's
  /// memory, and would grow to 4 MiB per connection.
  static let sendBuffer: SocketOptionValue = 65_536

  /// Listens at `address` and answers requests from then on. A listening socket inherited from systemd has precedence: it may be
  /// in a network namespace that this process cannot reach. If that socket was closed from outside, it is opened again at its own address.
  package static func listen(
    at address: MetricsAddress, _ metrics: Metrics
  ) async throws(MetricsListenFailure) -> MetricsServer {
    let connections = OpenConnections()
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Some clients shut down their sending side after the request, and then wait for the answer.
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.socketOption(.so_sndbuf), value: sendBuffer)
      .childChannelInitializer { channel in
        guard let slot = connections.admit(channel) else { return channel.close() }
        let tooLate = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in tooLate.cancel() }
        return channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(ByteLimit(MetricsServer.maxBytes))
          // A connection has only one request, and it may be answered before its end.
          try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false)
          try pipeline.addHandler(RequestHandler(metrics, slot))
        }
      }
    let inherited: Int32?
    do throws(Errno) { inherited = try InheritedSocket.listening() } catch {
      throw MetricsListenFailure(
        .socketClosed,
        "the metrics socket that systemd handed over is closed: \(error) (restart its socket unit)"
      )
    }
    do {
      if let fd = inherited {
        return MetricsServer(channel: try await bootstrap.withBoundSocket(fd).get())
      }
      switch address {
      case .host(let host, let port):
        return MetricsServer(channel: try await bootstrap.bind(host: host, port: port).get())
      case .unix(let path):
        guard try await isFree(path) else { throw IOError(errnoCode: EADDRINUSE, reason: "bind") }
        return MetricsServer(
          channel: try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        )
      }
    } catch {
      throw MetricsListenFailure(error, at: address)
    }
  }

  /// Whether no program listens at `path`. A socket that refuses connections was left by a program that has ended, and may be replaced.
  private static func isFree(_ path: String) async throws -> Bool {
    do {
      let other = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(timeout)
      try await other.connect(unixDomainSocketPath: path).get().close().get()
      return false
    } catch let error as IOError {
      switch error.errnoCode {
      case ECONNREFUSED, ENOENT: return true
      // The backlog of the other program's socket is full.
      case EAGAIN: return false
      default: throw error
      }
    }
  }

  /// The interface that the service uses.
  package var listener: MetricsListener {
    MetricsListener(
      serve: run, ping: { [channel] answer in channel.eventLoop.execute { answer() } })
  }

  /// Serves until the task is cancelled or the socket is closed from outside.
  private func run() async {
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      channel.close(promise: nil)
    }
  }
}
