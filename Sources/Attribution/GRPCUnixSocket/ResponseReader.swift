package import GRPCCore
package import NIOCore
package import NIOHPACK

/// A complete response.
package struct UnaryResponse: Sendable {
  /// The message of a call that succeeded.
  package var message: [UInt8]?
  package var status: Status

  /// The parts as GRPCCore reads them, without metadata, which the callers do not read.
  package var parts: [RPCResponsePart<[UInt8]>] {
    guard let message else { return [.status(status, [:])] }
    return [.metadata([:]), .message(message), .status(status, [:])]
  }
}

/// Reads the response to a unary call from the headers and data of its stream, in pieces of any length.
///
/// It does no I/O. An error ends the call, and nothing may be received after it. See: "Responses" in gRPC's PROTOCOL-HTTP2.md
package struct ResponseReader {
  private enum Stage {
    case head
    case message(MessageFrame.Reader)
    case complete
  }

  private let maxMessageBytes: Int
  private var stage = Stage.head
  /// The response, once it is complete.
  package private(set) var response: UnaryResponse?

  package init(maxMessageBytes: Int) { self.maxMessageBytes = maxMessageBytes }

  /// Receives a block of headers. `isLast`: whether it ends the stream.
  package mutating func receive(_ headers: HPACKHeaders, isLast: Bool) throws(RPCError) {
    switch stage {
    case .head:
      // Informational responses such as 100 Continue precede the actual response. See: RFC 9113, section 8.1
      let status = headers.first(name: ":status").flatMap { Self.number($0, digits: 3...3) }
      if let status, 100..<200 ~= status, !isLast { return }
      try Self.check(headers, status: status)
      if isLast {
        try complete(MessageFrame.Reader(maxBytes: 0), headers)
      } else {
        stage = .message(MessageFrame.Reader(maxBytes: maxMessageBytes))
      }
    case .message(let reader):
      guard isLast else {
        throw RPCError(code: .internalError, message: "headers amid a response")
      }
      try complete(reader, headers)
    case .complete: throw RPCError(code: .internalError, message: "headers after a response")
    }
  }

  /// Receives a piece of data. `isLast`: whether it ends the stream.
  package mutating func receive(_ data: ByteBuffer, isLast: Bool) throws(RPCError) {
    guard case .message(var reader) = stage else {
      throw RPCError(code: .internalError, message: "data outside of a response")
    }
    // The reader must be the only owner of its bytes, or each piece would copy the previous ones.
    stage = .complete
    try reader.receive(data)
    guard !isLast else {
      throw RPCError(code: .internalError, message: "the response has no status")
    }
    stage = .message(reader)
  }

  /// Checks that the headers begin a gRPC response.
  private static func check(_ headers: HPACKHeaders, status: Int?) throws(RPCError) {
    guard let status else {
      throw RPCError(code: .internalError, message: "the response has no HTTP status")
    }
    guard status == 200 else {
      let meaning = Status(httpStatusCode: status)
      throw RPCError(code: RPCError.Code(meaning.code) ?? .unknown, message: meaning.message)
    }
    // Followed by `+proto` or the like, or by parameters. `application/grpc-web` is another protocol.
    let type = headers.first(name: "content-type") ?? ""
    guard
      type == "application/grpc" || ["+", ";"].contains(where: { type.hasPrefix("application/grpc\($0)") })
    else {
      throw RPCError(code: .unknown, message: "the response is none of gRPC")
    }
  }

  /// Completes the response. Only a call that failed needs no message.
  private mutating func complete(_ reader: MessageFrame.Reader, _ trailers: HPACKHeaders) throws(RPCError) {
    stage = .complete
    let status = Status(trailers: trailers)
    response = UnaryResponse(message: try status.code == .ok ? reader.message : nil, status: status)
  }

  /// Converts a number of so many ASCII digits, without a sign.
  fileprivate static func number(_ text: String, digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(text)
  }
}

extension Status {
  /// The status in the trailers; `unknown` if there is none, or one that gRPC does not define.
  init(trailers: HPACKHeaders) {
    let message = PercentEncoding.decode(trailers.first(name: "grpc-message") ?? "")
    guard let text = trailers.first(name: "grpc-status") else {
      self.init(code: .unknown, message: "the response has no status")
      return
    }
    guard let code = ResponseReader.number(text, digits: 1...2).flatMap({ Status.Code(rawValue: $0) }) else {
      self.init(code: .unknown, message: "status \(text)\(message.isEmpty ? "" : ": \(message)")")
      return
    }
    self.init(code: code, message: message)
  }
}
