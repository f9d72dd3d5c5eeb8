import JSONText

/// Tests JSON documents. A document that is accepted must be the same after it was written and read again.
enum JSONTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    do throws(InvalidDocument) {
      let document = try JSONNode(document: bytes)
      let text = document.compact
      precondition(!text.utf8.contains(UInt8(ascii: "\n")))
      let again = try JSONNode(document: Array(document.pretty.utf8).span)
      precondition(again.compact == text)
    } catch {
      precondition(error.line > 0 && !error.reason.isEmpty)
    }
  }
}
