extension JSONNode {
  /// Reads one value of a document, whose path is the keys of the objects around it; nil if there is none, or the text is no JSON. Of the
  /// rest, which may be large, nothing is kept.
  package init?(at path: [String], in text: borrowing Span<UInt8>) {
    var scanner = JSONScanner()
    guard var token = try? scanner.value(text) else { return nil }
    for key in path {
      guard token.kind == .object else { return nil }
      var items = JSONItems(at: token.range.lowerBound, isObject: true)
      var found: JSONToken?
      while found == nil, let item = try? items.next(text) {
        if item.key?.string(in: text) == key { found = item.value }
      }
      guard let found else { return nil }
      token = found
    }
    // The range of a string is that between the quotes.
    let range = token.isString ? token.range.lowerBound - 1..<token.range.upperBound + 1 : token.range
    guard let node = try? JSONNode(document: text.extracting(range)) else { return nil }
    self = node
  }
}
