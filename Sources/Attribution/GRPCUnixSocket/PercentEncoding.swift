/// The encoding of `grpc-message`. See: "Percent-Encoded" in gRPC's PROTOCOL-HTTP2.md
package enum PercentEncoding {
  /// Decodes a text. Invalid sequences are kept as they are, and invalid UTF-8 is replaced, because error messages must be readable.
  package static func decode(_ text: String) -> String {
    let encoded = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(encoded.count)
    var index = 0
    while index < encoded.count {
      if encoded[index] == UInt8(ascii: "%"), index + 2 < encoded.count,
        let high = hexValue(encoded[index + 1]), let low = hexValue(encoded[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(encoded[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    Character(Unicode.Scalar(digit)).hexDigitValue.map { UInt8($0) }
  }
}
