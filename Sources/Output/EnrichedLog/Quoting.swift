internal import AuditRecord
internal import BasicContainers

/// How foreign text is quoted in a line, so that it can end neither the line nor its own value.
enum Quoting {
  /// Like Go's strconv.Quote: printable characters stay unchanged, all others and invalid bytes are escaped.
  case go
  /// Like a JSON string, which is always valid UTF-8: invalid bytes become U+FFFD.
  case json
}

extension LineBuffer {
  /// Appends `text` in double quotes.
  mutating func append(_ text: borrowing Span<UInt8>, quoting: Quoting) {
    append(UInt8(ascii: "\""))
    var plain = 0
    var index = text.endOfPlain(from: 0)
    while index < text.count {
      append(text.extracting(plain..<index))
      let piece = UTF8Piece(text, at: index)
      switch quoting {
      case .go: appendGo(piece, text, at: index)
      case .json: appendJSON(piece, text, at: index)
      }
      plain = index + piece.length
      index = text.endOfPlain(from: plain)
    }
    append(text.extracting(plain..<text.count))
    append(UInt8(ascii: "\""))
  }

  mutating func append(_ text: borrowing UniqueArray<UInt8>, quoting: Quoting) {
    append(text.span, quoting: quoting)
  }

  mutating func append(_ text: String, quoting: Quoting) {
    append(Array(text.utf8).span, quoting: quoting)
  }

  // See: appendEscapedRune() in strconv/quote.go
  private mutating func appendGo(_ piece: UTF8Piece, _ text: borrowing Span<UInt8>, at index: Int) {
    guard let scalar = piece.scalar else { return appendEscape("\\x", text[index]) }
    switch scalar.value {
    case 0x22: append("\\\"")
    case 0x5c: append("\\\\")
    case 0x07: append("\\a")
    case 0x08: append("\\b")
    case 0x0c: append("\\f")
    case 0x0a: append("\\n")
    case 0x0d: append("\\r")
    case 0x09: append("\\t")
    case 0x0b: append("\\v")
    case 0..<0x20, 0x7f: appendEscape("\\x", UInt8(scalar.value))
    default:
      if scalar.isPrintable {
        append(text.extracting(index..<index + piece.length))
      } else if scalar.value < 0x10000 {
        appendEscape("\\u", scalar.value, digits: 4)
      } else {
        appendEscape("\\U", scalar.value, digits: 8)
      }
    }
  }

  // See: RFC 8259, section 7
  private mutating func appendJSON(_ piece: UTF8Piece, _ text: borrowing Span<UInt8>, at index: Int) {
    guard let scalar = piece.scalar else { return append("\u{fffd}") }
    switch scalar.value {
    case 0x22: append("\\\"")
    case 0x5c: append("\\\\")
    case 0x08: append("\\b")
    case 0x0c: append("\\f")
    case 0x0a: append("\\n")
    case 0x0d: append("\\r")
    case 0x09: append("\\t")
    // JSON does not require all of these escapes, but some readers end a line at U+0085, U+2028 and U+2029.
    case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029: appendEscape("\\u", scalar.value, digits: 4)
    default: append(text.extracting(index..<index + piece.length))
    }
  }

  private mutating func appendEscape(_ prefix: StaticString, _ byte: UInt8) {
    appendEscape(prefix, UInt32(byte), digits: 2)
  }

  private mutating func appendEscape(_ prefix: StaticString, _ value: UInt32, digits: UInt32) {
    append(prefix)
    for place in (0..<digits).reversed() {
      let digit = UInt8(truncatingIfNeeded: value >> (place * 4)) & 0xf
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
