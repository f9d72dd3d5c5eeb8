internal import Metrics
internal import NIOCore
internal import NIOHTTP1

/// The answer to a request for the metrics page.
///
/// It is sent part by part, each made when the one before has been taken, so that those who take it slowly cost little memory.
struct PageAnswer: Sendable {
  let metrics: Metrics
  let request: HTTPRequestHead
  let place: OpenConnections.Place
  let channel: any Channel

  /// Makes it, sends it and closes the connection.
  func send() async {
    var page = await metrics.page()
    place.enter(.taking)
    // How long it becomes is not known yet. Clients that know no chunks have it until the connection ends.
    let version = request.version == .http1_1 ? HTTPVersion.http1_1 : .http1_0
    let head = HTTPResponseHead(version: version, status: .ok, headers: Self.headers)
    do {
      try await channel.writeAndFlush(HTTPServerResponsePart.head(head))
      if request.method != .HEAD {
        while let part = page.next() {
          try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: part))))
        }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
      }
    } catch {
      // Whoever asked has gone, or was too slow.
    }
    channel.close(promise: nil)
  }

  /// Of all answers.
  // See: https://prometheus.io/docs/instrumenting/exposition_formats
  static let headers: HTTPHeaders = [
    "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Connection": "close",
  ]
}
