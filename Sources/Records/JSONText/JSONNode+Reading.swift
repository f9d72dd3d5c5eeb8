/// Why text is no JSON document: the line, from 1, and the reason.
package struct InvalidDocument: Error, Equatable, Sendable {
  package var line: Int
  package var reason: String

  package init(line: Int, reason: String) {
    self.line = line
    self.reason = reason
  }
}

extension JSONNode {
  /// Reads a document that consists of one value. A key that occurs twice in an object is an error, because readers disagree on which
  /// of them counts.
  package init(document text: borrowing Span<UInt8>) throws(InvalidDocument) {
    var reader = DocumentReader()
    do throws(MalformedJSON) {
      var scanner = JSONScanner()
      let root = try scanner.value(text)
      guard scanner.peek(text) == nil else { throw scanner.failure("the document has ended before this") }
      self = try reader.node(root, text)
    } catch {
      throw InvalidDocument(line: text.line(of: error.offset), reason: error.reason)
    }
  }
}

/// Makes nodes of values, and counts lines on the way.
private struct DocumentReader {
  private var line = 1
  private var counted = 0

  mutating func node(_ token: JSONToken, _ text: borrowing Span<UInt8>) throws(MalformedJSON) -> JSONNode {
    line += text.countFeeds(counted..<token.range.lowerBound)
    counted = token.range.lowerBound
    let line = line
    switch token.kind {
    case .plain, .escaped: return JSONNode(.string(token.string(in: text)), line: line)
    case .number:
      let digits = token.range.map { text[$0] }
      return JSONNode(.number(String(decoding: digits, as: UTF8.self)), line: line)
    case .true: return JSONNode(.bool(true), line: line)
    case .false: return JSONNode(.bool(false), line: line)
    case .null: return JSONNode(.null, line: line)
    case .array:
      var nodes: [JSONNode] = []
      var items = JSONItems(at: token.range.lowerBound, isObject: false)
      while let item = try items.next(text) { nodes.append(try node(item.value, text)) }
      return JSONNode(.array(nodes), line: line)
    case .object:
      var members: [JSONNode.Member] = []
      var keys: Set<String> = []
      var items = JSONItems(at: token.range.lowerBound, isObject: true)
      while let item = try items.next(text) {
        let key = item.key?.string(in: text) ?? ""
        guard keys.insert(key).inserted else {
          throw MalformedJSON(
            offset: item.key?.range.lowerBound ?? 0, reason: "'\(key)' stands twice in one object")
        }
        members.append(JSONNode.Member(key: key, value: try node(item.value, text)))
      }
      return JSONNode(.object(members), line: line)
    }
  }
}

extension Span<UInt8> {
  fileprivate func countFeeds(_ range: Range<Int>) -> Int {
    var count = 0
    for index in range where self[index] == UInt8(ascii: "\n") { count += 1 }
    return count
  }

  fileprivate func line(of offset: Int) -> Int { 1 + countFeeds(0..<Swift.min(offset, count)) }
}
