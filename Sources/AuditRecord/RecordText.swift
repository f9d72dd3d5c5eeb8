/// Text that a process chose (`comm=`, `exe=`), as it stands in a record: where, and how it is written.
///
/// The kernel puts text in quotes, or writes it as bare hexadecimal digits if any byte of it is a quote, a space, a
/// control character or above 0x7e. `comm="ABC"` is the text ABC; `comm=414243` is ABC, too.
// See: audit_log_untrustedstring() in kernel/audit.c
public struct RecordText: Hashable, Sendable {
  public enum Encoding: Sendable {
    /// The bytes of `range` are the text.
    case plain
    /// Each two digits of `range` are a byte.
    case hexadecimal
    /// `(null)`: the kernel knew none. `range` is empty.
    case missing
  }

  public var encoding: Encoding
  /// Offsets into the record's text, without quotes.
  public var range: Range<Int>

  init(_ text: borrowing Span<UInt8>, value: Range<Int>) throws(MalformedRecord) {
    guard !value.isEmpty else { throw .badText }
    if text[value.lowerBound] == UInt8(ascii: "\"") {
      encoding = .plain
      range = value.lowerBound + 1..<value.upperBound - 1
    } else if text[value.lowerBound] == UInt8(ascii: "(") {
      guard value.count == 6, text.hasLiteral("(null)", at: value.lowerBound) else { throw .badText }
      encoding = .missing
      range = value.lowerBound..<value.lowerBound
    } else {
      guard value.count % 2 == 0 else { throw .badText }
      for index in value {
        guard text[index].hexDigitValue != nil else { throw .badText }
      }
      encoding = .hexadecimal
      range = value
    }
  }
}
