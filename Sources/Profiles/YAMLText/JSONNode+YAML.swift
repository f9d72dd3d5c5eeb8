package import JSONText

extension JSONNode {
  /// Reads the documents of a YAML stream; empty ones are left out.
  ///
  /// Of YAML it accepts what Kubernetes' objects need: no aliases and tags, no key twice, and texts as keys. A word without quotes is
  /// `null`, `true`, `false` or a number only if it is so in all versions of YAML, or a hexadecimal number; any other is a text.
  // See: YAML 1.2, section 10.3; YAML 1.1 has more numbers and words
  package static func documents(yaml text: borrowing Span<UInt8>) throws(InvalidDocument) -> [JSONNode] {
    let result: Result<[JSONNode], InvalidDocument> = unsafe text.withUnsafeBufferPointer { buffer in
      var reader = unsafe YAMLReader(buffer)
      do throws(InvalidDocument) { return .success(try reader.documents()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

/// Makes nodes of events.
private struct YAMLReader: ~Copyable {
  private var events: YAMLEvents
  private var depth = 0
  private var count = 0

  /// As deep as JSON.
  private static let maxDepth = 64
  /// Many times as many as in all profiles of a large cluster.
  private static let maxCount = 1 << 20

  init(_ text: UnsafeBufferPointer<UInt8>) { unsafe events = YAMLEvents(text) }

  mutating func documents() throws(InvalidDocument) -> [JSONNode] {
    var documents: [JSONNode] = []
    while true {
      switch try events.next() {
      case .beginDocument:
        let root = try node(try events.next())
        if case .null = root.value {} else { documents.append(root) }
      case .endStream: return documents
      default: break
      }
    }
  }

  private mutating func node(_ event: YAMLEvent) throws(InvalidDocument) -> JSONNode {
    let line = events.line
    count += 1
    guard count <= Self.maxCount else { throw failure("there are more than \(Self.maxCount) values") }
    switch event {
    case .scalar(let text, let isPlain):
      return JSONNode(isPlain ? text.plainValue : .string(text), line: line)
    case .beginSequence:
      try enter()
      var items: [JSONNode] = []
      while true {
        let next = try events.next()
        if case .endSequence = next { break }
        items.append(try node(next))
      }
      depth -= 1
      return JSONNode(.array(items), line: line)
    case .beginMapping:
      try enter()
      let members = try members()
      depth -= 1
      return JSONNode(.object(members), line: line)
    case .beginDocument, .endDocument, .endSequence, .endMapping, .endStream:
      throw failure("a value has to be here")
    }
  }

  private mutating func members() throws(InvalidDocument) -> [JSONNode.Member] {
    var members: [JSONNode.Member] = []
    var keys: Set<String> = []
    while true {
      let next = try events.next()
      if case .endMapping = next { return members }
      guard case .scalar(let key, _) = next else { throw failure("a key has to be a text") }
      guard keys.insert(key).inserted else { throw failure("'\(key)' stands twice in one mapping") }
      members.append(JSONNode.Member(key: key, value: try node(try events.next())))
    }
  }

  private mutating func enter() throws(InvalidDocument) {
    depth += 1
    guard depth <= Self.maxDepth else { throw failure("values are nested more than 64 deep") }
  }

  private func failure(_ reason: String) -> InvalidDocument {
    InvalidDocument(line: events.line, reason: reason)
  }
}

extension String {
  /// What the text is without quotes.
  fileprivate var plainValue: JSONNode.Value {
    switch self {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if hasPrefix("0x"), let number = UInt64(dropFirst(2), radix: 16), !dropFirst(2).hasPrefix("+") {
      return .number("\(number)")
    }
    // JSON's numbers are those on which the versions of YAML agree.
    let bytes = Array(utf8)
    var scanner = JSONScanner()
    if let first = bytes.first, first == UInt8(ascii: "-") || first &- 0x30 < 10,
      let token = try? scanner.value(bytes.span), token.kind == .number, token.range == 0..<bytes.count
    {
      return .number(self)
    }
    return .string(self)
  }
}
