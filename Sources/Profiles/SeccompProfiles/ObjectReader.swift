internal import EnrichedLog
internal import JSONText

/// Reads the members of one JSON object. Each key must be asked for: those that are left over are errors.
struct ObjectReader {
  /// The file's name, for messages.
  let file: String
  let line: Int
  private var members: [String: JSONNode]

  init(_ node: JSONNode, _ subject: String, in file: String) throws(InvalidProfile) {
    guard case .object(let list) = node.value else {
      throw InvalidProfile(
        file: file, line: node.line, reason: "\(subject) has to be an object, and is \(node.kind)")
    }
    self.file = file
    line = node.line
    // `JSONNode` has no key twice.
    members = Dictionary(uniqueKeysWithValues: list.map { ($0.key, $0.value) })
  }

  /// Takes a member out; nil if it is absent or null.
  mutating func take(_ key: String) -> JSONNode? {
    guard let node = members.removeValue(forKey: key) else { return nil }
    if case .null = node.value { return nil }
    return node
  }

  /// Reports a member that has not been asked for.
  func end(_ subject: String) throws(InvalidProfile) {
    guard let (key, node) = members.min(by: { ($0.value.line, $0.key) < ($1.value.line, $1.key) }) else {
      return
    }
    throw failure(node, "\(subject) has an unknown key '\(key.printable)'")
  }

  func failure(_ node: JSONNode, _ reason: String) -> InvalidProfile {
    InvalidProfile(file: file, line: node.line, reason: reason)
  }

  mutating func string(_ key: String) throws(InvalidProfile) -> String? {
    guard let node = take(key) else { return nil }
    let text = try string(node, key)
    return text.isEmpty ? nil : text
  }

  func string(_ node: JSONNode, _ key: String) throws(InvalidProfile) -> String {
    guard case .string(let text) = node.value else {
      throw failure(node, "'\(key)' has to be a string, and is \(node.kind)")
    }
    return text
  }

  /// Reads a number without sign, fraction and exponent.
  mutating func number<Number: FixedWidthInteger>(
    _ key: String, _ type: Number.Type
  ) throws(InvalidProfile) -> Number? {
    guard let node = take(key) else { return nil }
    guard case .number(let digits) = node.value, let number = Number(digits), number >= 0 else {
      throw failure(node, "'\(key)' has to be a whole number from 0 to \(Number.max)")
    }
    return number
  }

  mutating func array(_ key: String) throws(InvalidProfile) -> [JSONNode] {
    guard let node = take(key) else { return [] }
    guard case .array(let nodes) = node.value else {
      throw failure(node, "'\(key)' has to be an array, and is \(node.kind)")
    }
    return nodes
  }

  mutating func strings(_ key: String) throws(InvalidProfile) -> [String] {
    var texts: [String] = []
    for node in try array(key) { texts.append(try string(node, key)) }
    return texts
  }

  /// Reads a word that `parse` knows.
  func word<Value>(
    _ node: JSONNode, _ key: String, _ parse: (String) -> Value?
  ) throws(InvalidProfile) -> Value {
    let text = try string(node, key)
    guard let value = parse(text) else { throw failure(node, "'\(key)' has no value '\(text.printable)'") }
    return value
  }

  /// Reads an array of words that `parse` knows.
  mutating func words<Value>(
    _ key: String, _ parse: (String) -> Value?
  ) throws(InvalidProfile) -> [Value] {
    var values: [Value] = []
    for node in try array(key) { values.append(try word(node, key, parse)) }
    return values
  }
}
