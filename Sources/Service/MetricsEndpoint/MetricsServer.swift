internal import Glibc
internal import LinuxSystem
package import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SystemPackage

/// Serves metrics over HTTP/1.1: one answer to a connection, and little patience with those who ask.
package struct MetricsServer: Sendable {
  private let channel: any Channel

  /// Connections at the same time; for a further one the oldest idle one is closed.
  static let maxConnections = 32
  /// How long one may take, from its first byte to the last of the answer.
  static let timeout = TimeAmount.seconds(10)
  /// Bytes of a request.
  static let maxBytes = 16_384

  /// Bytes of an answer that the kernel keeps for one, or twice as many: they count as the service's memory, and would become 4 MiB
  /// for each.
  static let sendBuffer: SocketOptionValue = 65_536

  /// Listens at `address`, and answers from then on. A listening socket that systemd handed over goes before: it may be in a
  /// network namespace that this process cannot reach. If that was closed from outside, it is opened again, where it stands.
  package static func listen(
    at address: MetricsAddress, _ metrics: Metrics
  ) async throws(MetricsListenFailure) -> MetricsServer {
    let connections = OpenConnections()
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Some say all that they have to say, and then listen.
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.socketOption(.so_sndbuf), value: sendBuffer)
      .childChannelInitializer { channel in
        guard let place = connections.admit(channel) else { return channel.close() }
        let tooLate = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in tooLate.cancel() }
        return channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(ByteLimit(MetricsServer.maxBytes))
          // There is one request to a connection, and its answer may come before its end.
          try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false)
          try pipeline.addHandler(RequestHandler(metrics, place))
        }
      }
    let inherited: Int32?
    do throws(Errno) { inherited = try InheritedSocket.listening() } catch {
      throw MetricsListenFailure(
        .socketClosed, "the metrics socket that was handed over is closed: \(error) (restart its socket unit)"
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

  /// Whether nobody listens at `path`: a socket there that nobody answers at was left by a program that has ended, and is in nobody's way.
  private static func isFree(_ path: String) async throws -> Bool {
    do {
      let other = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(timeout)
      try await other.connect(unixDomainSocketPath: path).get().close().get()
      return false
    } catch let error as IOError {
      switch error.errnoCode {
      case ECONNREFUSED, ENOENT: return true
      // As many wait there already as may.
      case EAGAIN: return false
      default: throw error
      }
    }
  }

  /// What the service knows of it.
  package var listener: MetricsListener {
    MetricsListener(
      serve: run, ping: { [channel] answer in channel.eventLoop.execute { answer() } })
  }

  /// Serves until the task is cancelled, or the socket is closed from outside.
  private func run() async {
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      channel.close(promise: nil)
    }
  }
}
