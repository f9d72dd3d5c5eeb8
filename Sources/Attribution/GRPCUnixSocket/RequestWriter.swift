internal import GRPCCore

/// Collects the parts of a unary request, and passes on the complete request.
actor RequestWriter: ClosableRPCWriterProtocol {
  typealias Element = RPCRequestPart<[UInt8]>

  private let onRequest: @Sendable (Metadata, [UInt8]) -> Void
  private let onError: @Sendable (RPCError) -> Void
  private var metadata: Metadata = [:]
  private var message: [UInt8]?
  private var isFinished = false

  /// Exactly one of the two closures is called, once.
  init(
    onRequest: @escaping @Sendable (Metadata, [UInt8]) -> Void,
    onError: @escaping @Sendable (RPCError) -> Void
  ) {
    self.onRequest = onRequest
    self.onError = onError
  }

  func write(_ element: Element) async throws {
    guard !isFinished else {
      throw RPCError(code: .failedPrecondition, message: "the request is complete")
    }
    switch element {
    case .metadata(let metadata): self.metadata = metadata
    case .message(let message):
      guard self.message == nil else {
        throw RPCError(code: .unimplemented, message: "only unary calls can be made here")
      }
      self.message = message
    }
  }

  nonisolated func write(contentsOf elements: some Sequence<Element>) async throws {
    for element in elements { try await write(element) }
  }

  func finish() async {
    guard !isFinished else { return }
    isFinished = true
    guard let message else {
      return onError(RPCError(code: .internalError, message: "the request has no message"))
    }
    onRequest(metadata, message)
  }

  func finish(throwing error: any Error) async {
    guard !isFinished else { return }
    isFinished = true
    onError(error as? RPCError ?? RPCError(code: .unknown, message: "\(error)"))
  }
}
