/// Reads the members of an object or the elements of an array, one after the other.
package struct JSONItems: Sendable {
  private var scanner: JSONScanner
  private let isObject: Bool
  private var isFirst = true

  /// Starts at the `{` or `[` at `offset`.
  package init(at offset: Int, isObject: Bool) {
    scanner = JSONScanner(at: offset + 1)
    self.isObject = isObject
  }

  /// The offset behind what has been read; after the last item, that behind the `}` or `]`.
  package var offset: Int { scanner.offset }

  /// The next item; nil after the last one. An element of an array has no key.
  package mutating func next(
    _ text: borrowing Span<UInt8>
  ) throws(MalformedJSON) -> (key: JSONToken?, value: JSONToken)? {
    if scanner.skip(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), text) {
      guard isFirst else { throw scanner.failure("a comma stands before the end") }
      return nil
    }
    isFirst = false
    let key = isObject ? try scanner.key(text) : nil
    let value = try scanner.value(text)
    if !scanner.skip(UInt8(ascii: ","), text) {
      // Only the end may follow. It is passed by the next call.
      guard scanner.peek(text) == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
        throw scanner.failure(isObject ? "a comma or '}' has to be here" : "a comma or ']' has to be here")
      }
      isFirst = true
    }
    return (key, value)
  }
}
