internal import AuditRecord
internal import JSONText

/// Reads klog's structured text: a message in quotes, and pairs of a key and a value, which may be in quotes.
struct KlogText {
  /// A value: its offsets without the quotes, and whether it has escapes.
  struct Value {
    var range: Range<Int>
    var isEscaped: Bool
  }

  private var offset = 0
  /// Whether everything that has been read was right.
  private(set) var isWhole = true

  /// The offset of the message behind klog's header, `I0516 08:13:07.654039    1234 enricher.go:7] `; 0 if there is no header. Nil if the
  /// line is no klog line.
  static func startOfMessage(_ line: borrowing Span<UInt8>) -> Int? {
    guard line.count > 2 else { return nil }
    if line[0] == UInt8(ascii: "\"") { return 0 }
    guard line[0] == UInt8(ascii: "I") || line[0] == UInt8(ascii: "W"), line[1] &- 0x30 < 10,
      let bracket = line.firstIndex(of: UInt8(ascii: "]"), in: 0..<min(line.count, maxHeader)),
      line.hasLiteral("] \"", at: bracket)
    else { return nil }
    return bracket + 2
  }

  /// The offset of the text behind the prefix of a container's log, `2024-05-16T08:13:07.654039123Z stdout F `; nil for other lines.
  static func startOfContainerLine(_ line: borrowing Span<UInt8>) -> Int? {
    guard let space = line.firstIndex(of: UInt8(ascii: " "), in: 0..<min(line.count, maxHeader)),
      line.hasLiteral(" stdout F ", at: space) || line.hasLiteral(" stderr F ", at: space)
    else { return nil }
    return space + 10
  }

  /// Longer than any header.
  private static let maxHeader = 256

  /// Reads the message and the logger's name. Returns false if the text is of another program.
  mutating func begin(_ text: borrowing Span<UInt8>) -> Bool {
    guard quoted(text) != nil, text.hasLiteral(" logger=\"log-enricher\"", at: offset) else { return false }
    offset += 22
    return true
  }

  /// The next pair; nil at the end, or if the text is not right.
  mutating func next(_ text: borrowing Span<UInt8>) -> (key: Range<Int>, value: Value)? {
    guard offset < text.count, text[offset] != UInt8(ascii: "\r") else { return nil }
    guard text[offset] == UInt8(ascii: " "),
      let equals = text.firstIndex(of: UInt8(ascii: "="), in: offset..<text.count)
    else {
      isWhole = false
      return nil
    }
    let key = offset + 1..<equals
    offset = equals + 1
    if offset < text.count, text[offset] == UInt8(ascii: "\"") {
      guard let value = quoted(text) else {
        isWhole = false
        return nil
      }
      return (key, value)
    }
    let start = offset
    while offset < text.count, text[offset] != UInt8(ascii: " "), text[offset] != UInt8(ascii: "\r") {
      offset += 1
    }
    return (key, Value(range: start..<offset, isEscaped: false))
  }

  /// Reads a text in quotes.
  private mutating func quoted(_ text: borrowing Span<UInt8>) -> Value? {
    guard offset < text.count, text[offset] == UInt8(ascii: "\"") else { return nil }
    let start = offset + 1
    var index = start
    var isEscaped = false
    while true {
      index = text.endOfPlain(from: index)
      guard index < text.count else { return nil }
      switch text[index] {
      case UInt8(ascii: "\""):
        offset = index + 1
        return Value(range: start..<index, isEscaped: isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        index += 2
      default: index += 1
      }
    }
  }

  /// Appends the text of a value with Go's escapes to `bytes`.
  // See: strconv.Unquote of Go
  static func decode(_ text: borrowing Span<UInt8>, into bytes: inout [UInt8]) {
    var index = 0
    while index < text.count {
      guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
        bytes.append(text[index])
        index += 1
        continue
      }
      let code = text[index + 1]
      index += 2
      switch code {
      case UInt8(ascii: "a"): bytes.append(0x07)
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0c)
      case UInt8(ascii: "n"): bytes.append(0x0a)
      case UInt8(ascii: "r"): bytes.append(0x0d)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "v"): bytes.append(0x0b)
      case UInt8(ascii: "x"): bytes.append(UInt8(truncatingIfNeeded: text.hexNumber(at: &index, count: 2)))
      case UInt8(ascii: "u"): bytes.append(scalar: text.hexNumber(at: &index, count: 4))
      case UInt8(ascii: "U"): bytes.append(scalar: text.hexNumber(at: &index, count: 8))
      default: bytes.append(code)
      }
    }
  }
}
