/// Why a container runtime did not tell what was asked.
package struct CRIError: Error, CustomStringConvertible, Sendable {
  package enum Kind: String, Sendable {
    /// There is no such socket.
    case missing
    /// The path is there and is no socket.
    case notSocket = "not-socket"
    /// The socket may not be opened.
    case refused
    /// Whoever listens there speaks gRPC, but no CRI v1.
    case notCRI = "not-cri"
    /// No answer: nobody listens, it hangs, or it speaks something else.
    case noAnswer = "no-answer"
  }

  package var kind: Kind
  package var endpoint: RuntimeEndpoint
  /// What was heard, for `noAnswer` and `notCRI`.
  package var detail: String
  /// The other places where a runtime was looked for, and why none answered there.
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
  /// In few words.
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
