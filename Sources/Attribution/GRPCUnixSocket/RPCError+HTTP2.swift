internal import GRPCCore
internal import NIOCore
internal import NIOHTTP2
internal import SystemPackage

/// The first bytes that a server sent are not the start of a SETTINGS frame.
struct NoHTTP2: Error {}

extension RPCError {
  /// Converts an error that ends a connection.
  init(connection error: any Error) {
    let message =
      switch error {
      case let error as IOError: "the connection failed: \(Errno(rawValue: error.errnoCode))"
      case is NoHTTP2: "the server speaks no HTTP/2"
      // The descriptions of HTTP/2's errors contain lines of code; the names of their types say what was wrong.
      case is any NIOHTTP2Error: "the server violated HTTP/2: \("\(type(of: error))".words)"
      default: "the connection failed: \(error)"
      }
    self.init(code: .unavailable, message: message)
  }

  /// Converts the error code with which a server reset a stream. See: "Errors" in gRPC's PROTOCOL-HTTP2.md
  init(resetWith code: HTTP2ErrorCode) {
    let meaning: Code =
      switch code {
      case .refusedStream: .unavailable
      case .cancel: .cancelled
      case .enhanceYourCalm: .resourceExhausted
      case .inadequateSecurity: .permissionDenied
      default: .internalError
      }
    self.init(code: meaning, message: "the server reset the stream: \(code.name)")
  }

  /// Converts the contents of GOAWAY, with which a server announces the end of the connection. Its text is cut to `maxTextBytes`.
  init(goAwayWith code: HTTP2ErrorCode, text: ByteBuffer?) {
    let maxTextBytes = 100
    let text = String(decoding: text?.readableBytesView.prefix(maxTextBytes) ?? [], as: UTF8.self)
    self.init(
      code: .unavailable,
      message: "the server ended the connection: \(code.name)\(text.isEmpty ? "" : ", \(text)")")
  }
}

extension HTTP2ErrorCode {
  /// The name in RFC 9113, section 7.
  fileprivate var name: String {
    let names = [
      "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
      "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
      "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]
    return names.indices.contains(networkCode) ? names[networkCode] : "error \(networkCode)"
  }
}

extension String {
  /// The words of a type's name: `ExcessiveRSTFrames` becomes "excessive RST frames".
  fileprivate var words: String {
    let letters = Array(self)
    var words = ""
    for (index, letter) in letters.enumerated() {
      let next = index + 1 < letters.count ? letters[index + 1] : letter
      if letter.isUppercase, index > 0, letters[index - 1].isLowercase || next.isLowercase { words += " " }
      words += next.isLowercase ? letter.lowercased() : String(letter)
    }
    return words
  }
}
