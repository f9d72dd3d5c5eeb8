internal import GRPCCore
package import NIOCore

/// One call: its parameters, and the promise of its response.
package final class UnaryCall: Sendable {
  /// The method's path, such as `/runtime.v1.RuntimeService/Version`.
  let path: String
  /// The maximum size of the response's message in bytes.
  let maxMessageBytes: Int
  private let promise: EventLoopPromise<UnaryResponse>

  package init(on eventLoop: any EventLoop, path: String, maxMessageBytes: Int) {
    self.path = path
    self.maxMessageBytes = maxMessageBytes
    promise = eventLoop.makePromise()
  }

  /// The response, or the `RPCError` of the call.
  package var response: EventLoopFuture<UnaryResponse> { promise.futureResult }

  /// Ends the call with a response, unless it has already ended.
  func succeed(_ response: UnaryResponse) { promise.succeed(response) }

  /// Ends the call with an error, unless it has already ended.
  func fail(_ error: RPCError) { promise.fail(error) }

  /// The parts of the response, which all become available when it is complete.
  var responseParts: Parts { Parts(call: self) }

  struct Parts: AsyncSequence, Sendable {
    typealias Element = RPCResponsePart<[UInt8]>
    typealias Failure = any Error

    fileprivate let call: UnaryCall

    func makeAsyncIterator() -> Iterator { Iterator(call: call) }

    struct Iterator: AsyncIteratorProtocol {
      fileprivate let call: UnaryCall
      private var remaining: ArraySlice<Element>?

      fileprivate init(call: UnaryCall) { self.call = call }

      mutating func next() async throws -> Element? { try await next(isolation: nil) }

      mutating func next(isolation actor: isolated (any Actor)?) async throws -> Element? {
        if remaining == nil {
          let response = try await withTaskCancellationHandler { [call] in
            try await call.response.get()
          } onCancel: { [call] in
            call.fail(RPCError(code: .cancelled, message: "the call was cancelled"))
          }
          remaining = response.parts[...]
        }
        return remaining?.popFirst()
      }
    }
  }
}
