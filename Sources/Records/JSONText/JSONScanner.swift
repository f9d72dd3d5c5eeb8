internal import AuditRecord

/// Why text is not JSON.
package struct MalformedJSON: Error, Equatable, Sendable {
  /// The offset of the first byte that cannot be right.
  package var offset: Int
  package var reason: String
}

/// Reads JSON text in place, value after value. It allocates nothing, and accepts what RFC 8259 allows, nested at most 64 deep.
package struct JSONScanner: Sendable {
  /// The offset of the next byte.
  package private(set) var offset: Int

  private static let maxDepth = 64

  package init(at offset: Int = 0) { self.offset = offset }

  package mutating func skipSpace(_ text: borrowing Span<UInt8>) {
    while offset < text.count {
      switch text[offset] {
      case 0x20, 0x09, 0x0a, 0x0d: offset += 1
      default: return
      }
    }
  }

  /// The next byte that is no space; nil at the end.
  package mutating func peek(_ text: borrowing Span<UInt8>) -> UInt8? {
    skipSpace(text)
    return offset < text.count ? text[offset] : nil
  }

  /// Passes `byte`, if it is the next one that is no space.
  package mutating func skip(_ byte: UInt8, _ text: borrowing Span<UInt8>) -> Bool {
    guard peek(text) == byte else { return false }
    offset += 1
    return true
  }

  /// Reads a whole value. Objects and arrays are checked, and can then be read with `JSONItems`.
  package mutating func value(_ text: borrowing Span<UInt8>) throws(MalformedJSON) -> JSONToken {
    guard let first = peek(text) else { throw failure("the text ends before a value") }
    switch first {
    case UInt8(ascii: "\""): return try string(text)
    case UInt8(ascii: "{"), UInt8(ascii: "["): return try composite(text)
    case UInt8(ascii: "t"): return try word("true", .true, text)
    case UInt8(ascii: "f"): return try word("false", .false, text)
    case UInt8(ascii: "n"): return try word("null", .null, text)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(text)
    default: throw failure("a value has to begin here")
    }
  }

  /// Reads the key of a member and the colon behind it.
  package mutating func key(_ text: borrowing Span<UInt8>) throws(MalformedJSON) -> JSONToken {
    guard peek(text) == UInt8(ascii: "\"") else { throw failure("a key in quotes has to be here") }
    let key = try string(text)
    guard skip(UInt8(ascii: ":"), text) else { throw failure("a colon has to be here") }
    return key
  }

  package func failure(_ reason: String) -> MalformedJSON { MalformedJSON(offset: offset, reason: reason) }

  // MARK: Values

  private mutating func string(_ text: borrowing Span<UInt8>) throws(MalformedJSON) -> JSONToken {
    offset += 1
    let start = offset
    var kind = JSONToken.Kind.plain
    while true {
      offset = text.endOfPlain(from: offset)
      guard offset < text.count else { throw failure("the text ends within a string") }
      switch text[offset] {
      case UInt8(ascii: "\""):
        offset += 1
        return JSONToken(kind: kind, range: start..<offset - 1)
      case UInt8(ascii: "\\"):
        kind = .escaped
        try skipEscape(text)
      case 0..<0x20: throw failure("a control character stands in a string")
      default: offset += 1
      }
    }
  }

  private mutating func skipEscape(_ text: borrowing Span<UInt8>) throws(MalformedJSON) {
    guard offset + 1 < text.count else { throw failure("the text ends within a string") }
    switch text[offset + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      offset += 2
    case UInt8(ascii: "u"):
      for index in offset + 2..<offset + 6 {
        guard index < text.count, text[index].hexDigitValue != nil else {
          throw failure("four hexadecimal digits have to follow '\\u'")
        }
      }
      offset += 6
    default: throw failure("this escape does not exist")
    }
  }

  private mutating func word(
    _ word: StaticString, _ kind: JSONToken.Kind, _ text: borrowing Span<UInt8>
  ) throws(MalformedJSON) -> JSONToken {
    guard text.hasLiteral(word, at: offset) else { throw failure("a value has to begin here") }
    let start = offset
    offset += word.utf8CodeUnitCount
    return JSONToken(kind: kind, range: start..<offset)
  }

  private mutating func number(_ text: borrowing Span<UInt8>) throws(MalformedJSON) -> JSONToken {
    let start = offset
    if text[offset] == UInt8(ascii: "-") { offset += 1 }
    let first = offset
    try digits(text)
    guard offset - first == 1 || text[first] != UInt8(ascii: "0") else {
      offset = first
      throw failure("a number begins with a needless 0")
    }
    if offset < text.count, text[offset] == UInt8(ascii: ".") {
      offset += 1
      try digits(text)
    }
    if offset < text.count, text[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < text.count, text[offset] == UInt8(ascii: "+") || text[offset] == UInt8(ascii: "-") {
        offset += 1
      }
      try digits(text)
    }
    return JSONToken(kind: .number, range: start..<offset)
  }

  private mutating func digits(_ text: borrowing Span<UInt8>) throws(MalformedJSON) {
    let start = offset
    while offset < text.count, text[offset] &- 0x30 < 10 { offset += 1 }
    guard offset > start else { throw failure("a digit has to be here") }
  }

  /// Passes an object or an array with all that is in it.
  private mutating func composite(_ text: borrowing Span<UInt8>) throws(MalformedJSON) -> JSONToken {
    let start = offset
    // For each open object or array one bit: 1 for an object.
    var open: UInt64 = 0
    var depth = 0
    repeat {
      // A value, or the beginning of one, is next.
      switch peek(text) {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard depth < Self.maxDepth else { throw failure("values are nested more than 64 deep") }
        let isObject = text[offset] == UInt8(ascii: "{")
        open = open << 1 | (isObject ? 1 : 0)
        depth += 1
        offset += 1
        if !skip(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), text) {
          if isObject { _ = try key(text) }
          continue
        }
        open >>= 1
        depth -= 1
      default: _ = try value(text)
      }
      // A value has ended: the next one follows, or the end of what it is in.
      while depth > 0 {
        let isObject = open & 1 == 1
        if skip(UInt8(ascii: ","), text) {
          if isObject { _ = try key(text) }
          break
        }
        guard skip(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), text) else {
          throw failure(isObject ? "a comma or '}' has to be here" : "a comma or ']' has to be here")
        }
        open >>= 1
        depth -= 1
      }
    } while depth > 0
    return JSONToken(
      kind: text[start] == UInt8(ascii: "{") ? .object : .array, range: start..<offset)
  }
}
