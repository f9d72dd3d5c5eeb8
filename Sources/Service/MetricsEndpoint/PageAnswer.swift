internal import Metrics
internal import NIOCore
internal import NIOHTTP1

/// The answer to a request for the metrics page.
///
/// Each part is created after the previous one was sent, so that slow clients cost little memory.
struct PageAnswer: Sendable {
  let metrics: Metrics
  let request: HTTPRequestHead
  let slot: OpenConnections.Slot
  let channel: any Channel

  /// Creates and sends the answer, then closes the connection.
  func send() async {
    var page = await metrics.page()
    slot.enter(.sending)
    // The total length is not known yet. For HTTP/1.0 clients, which do not support chunks, the answer ends with the connection.
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
      // The client closed the connection, or was too slow.
    }
    channel.close(promise: nil)
  }

  /// The headers of all answers.
  // See: https://prometheus.io/docs/instrumenting/exposition_formats
  static let headers: HTTPHeaders = [
    "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Connection": "close",
  ]
}
