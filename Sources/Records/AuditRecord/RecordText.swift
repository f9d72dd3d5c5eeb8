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
  /// The text stands in quotes, and in those of a line it may stand as it is: printable ASCII without a quote or backslash.
  package let isVerbatim: Bool

  package static let missing = RecordText(encoding: .missing, range: 0..<0)

  private init(encoding: Encoding, range: Range<Int>, isVerbatim: Bool = false) {
    self.encoding = encoding
    self.range = range
    self.isVerbatim = isVerbatim
  }

  /// Reads a text at `position` and moves behind it.
  package init(_ text: borrowing Span<UInt8>, at position: inout Int) throws(MalformedRecord) {
    let start = position
    if text.skip(UInt8(ascii: "\""), at: &position) {
      var quote = text.endOfPlain(from: position)
      let isVerbatim = quote < text.count && text[quote] == UInt8(ascii: "\"")
      if !isVerbatim {
        // The kernel writes text with a quote in it as hexadecimal digits, so the next one ends the value.
        guard let next = text.firstIndex(of: UInt8(ascii: "\""), in: quote..<text.count) else {
          throw .truncated
        }
        quote = next
      }
      self.init(encoding: .plain, range: position..<quote, isVerbatim: isVerbatim)
      position = quote + 1
      return
    }
    while position < text.count, text[position] > 0x20 { position += 1 }
    if text.hasLiteral("(null)", at: start), position == start + 6 {
      self.init(encoding: .missing, range: start..<start)
      return
    }
    guard position > start, (position - start) % 2 == 0 else { throw .badText }
    for index in start..<position {
      guard text[index].hexDigitValue != nil else { throw .badText }
    }
    self.init(encoding: .hexadecimal, range: start..<position)
  }
}
