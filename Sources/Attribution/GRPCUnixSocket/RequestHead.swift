internal import GRPCCore
internal import NIOHPACK

/// What a call begins with. See: "Requests" in gRPC's PROTOCOL-HTTP2.md
enum RequestHead {
  /// Whoever looks at the authority of a unix socket expects this one: containerd refuses a path there.
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
