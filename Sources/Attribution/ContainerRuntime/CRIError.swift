/// Why a container runtime did not answer a request.
package struct CRIError: Error, CustomStringConvertible, Sendable {
  package enum Kind: String, Sendable {
    /// The socket does not exist.
    case missing
    /// The path exists but is not a socket.
    case notSocket = "not-socket"
    /// This process may not open the socket.
    case refused
    /// The server speaks gRPC, but not CRI v1.
    case notCRI = "not-cri"
    /// No answer: no program listens, it hangs, or it speaks another protocol.
    case noAnswer = "no-answer"
  }

  package var kind: Kind
  package var endpoint: RuntimeEndpoint
  /// The error of the connection or server, for `noAnswer` and `notCRI`.
  package var detail: String
  /// The errors of the other endpoints that were tried.
  package var others: [CRIError] = []

  package init(_ kind: Kind, _ endpoint: RuntimeEndpoint, detail: String = "") {
    self.kind = kind
    self.endpoint = endpoint
    self.detail = detail
  }

  package var description: String {
    guard !others.isEmpty else { return message }
    return "\(message); nor at " + others.map { "\($0.endpoint) (\($0.kind.reason))" }.joined(separator: ", ")
  }

  private var message: String {
    switch kind {
    case .missing: "no container runtime at \(endpoint): no such socket (is it running? see --cri-endpoint)"
    case .notSocket:
      "no container runtime at \(endpoint): not a socket (name a CRI socket with --cri-endpoint, or none)"
    case .refused:
      "no container runtime at \(endpoint): permission denied (needs the group that may open the socket)"
    case .notCRI:
      "\(endpoint) speaks no CRI v1: \(detail) (name a CRI socket with --cri-endpoint, or none)"
    case .noAnswer:
      "the container runtime at \(endpoint) does not answer: \(detail) (is it running? see --cri-endpoint)"
    }
  }
}

extension CRIError.Kind {
  /// The reason in few words.
  fileprivate var reason: String {
    switch self {
    case .missing: "no such socket"
    case .notSocket: "not a socket"
    case .refused: "permission denied"
    case .notCRI: "no CRI v1"
    case .noAnswer: "no answer"
    }
  }
}
