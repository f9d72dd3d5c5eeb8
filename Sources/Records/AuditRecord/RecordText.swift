/// Text that a process chose, such as `comm=` or `exe=`: its range in the record, and its encoding.
///
/// The kernel quotes such text, or writes it as plain hexadecimal digits if any byte is a quote, a space, a control character or above
/// 0x7e. Both `comm="ABC"` and `comm=414243` are the text ABC.
// See: audit_log_untrustedstring() in kernel/audit.c
public struct RecordText: Hashable, Sendable {
  public enum Encoding: Sendable {
    /// The text is the bytes of `range`.
    case plain
    /// Every two digits of `range` are one byte.
    case hexadecimal
    /// `(null)`: the kernel had no value. `range` is empty.
    case missing
  }

  public var encoding: Encoding
  /// Offsets into the record's text, without quotes.
  public var range: Range<Int>
  /// The text is quoted and can be copied into a quoted value unchanged: printable ASCII without a quote or backslash.
  @usableFromInline package let isVerbatim: Bool

  package static let missing = RecordText(encoding: .missing, range: 0..<0)

  @inlinable
  package init(encoding: Encoding, range: Range<Int>, isVerbatim: Bool = false) {
    self.encoding = encoding
    self.range = range
    self.isVerbatim = isVerbatim
  }

  /// Reads a text at `position` and advances past it.
  package init(_ text: borrowing Span<UInt8>, at position: inout Int) throws(MalformedRecord) {
    let start = position
    if text.skip(UInt8(ascii: "\""), at: &position) {
      var quote = text.endOfPlain(from: position)
      let isVerbatim = quote < text.count && text[quote] == UInt8(ascii: "\"")
      if !isVerbatim {
        // The kernel writes text that contains a quote as hexadecimal digits, so the next quote ends the value.
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
