internal import AuditRecord

extension Hasher {
  /// Adds a part of a record's text.
  mutating func combine(_ range: Range<Int>, in text: borrowing Span<UInt8>) {
    combine(range.count)
    // The bytes are only read during the call.
    unsafe text.extracting(range).withUnsafeBytes { unsafe combine(bytes: $0) }
  }
}

extension Span where Element == UInt8 {
  /// A label's value: the text in a range, of at most 256 bytes.
  func label(_ text: RecordText) -> String {
    let length = min(text.range.count, 256)
    let bytes: [UInt8] =
      if text.encoding == .hexadecimal {
        stride(from: text.range.lowerBound, to: text.range.lowerBound + length, by: 2).map {
          (self[$0].hexDigitValue ?? 0) << 4 | (self[$0 + 1].hexDigitValue ?? 0)
        }
      } else {
        (text.range.lowerBound..<text.range.lowerBound + length).map { self[$0] }
      }
    return String(decoding: bytes, as: UTF8.self)
  }
}
