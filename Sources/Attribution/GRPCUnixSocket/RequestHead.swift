internal import GRPCCore
internal import NIOHPACK

/// The headers of a request. See: "Requests" in gRPC's PROTOCOL-HTTP2.md
enum RequestHead {
  /// The authority that servers on a unix socket expect if they check it: containerd refuses a path there.
  private static let authority = "localhost"

  static func headers(path: String, metadata: Metadata) -> HPACKHeaders {
    var headers: HPACKHeaders = [
      ":method": "POST", ":scheme": "http", ":path": path, ":authority": authority,
      "te": "trailers", "content-type": "application/grpc", "user-agent": "audit-enricher",
    ]
    for (key, value) in metadata { headers.add(name: key, value: value.encoded()) }
    return headers
  }
}
