/// A value of a JSON document.
package struct JSONNode: Sendable {
  package indirect enum Value: Sendable {
    case null
    case bool(Bool)
    /// The digits as they stand in the text, so that no number is rounded.
    case number(String)
    case string(String)
    case array([JSONNode])
    /// The members in the order of the text. No key occurs twice.
    case object([Member])
  }

  package struct Member: Sendable {
    package var key: String
    package var value: JSONNode

    package init(key: String, value: JSONNode) {
      self.key = key
      self.value = value
    }
  }

  package var value: Value
  /// The line of the document on which the value begins, from 1; 0 if it was not read from one.
  package var line: Int

  package init(_ value: Value, line: Int = 0) {
    self.value = value
    self.line = line
  }

  package static func string(_ text: String) -> JSONNode { JSONNode(.string(text)) }
  package static func number(_ number: some BinaryInteger) -> JSONNode { JSONNode(.number("\(number)")) }
  package static func array(_ items: [JSONNode]) -> JSONNode { JSONNode(.array(items)) }
  package static func strings(_ texts: [String]) -> JSONNode { .array(texts.map { .string($0) }) }

  /// An object of the members that are not nil.
  package static func object(_ members: KeyValuePairs<String, JSONNode?>) -> JSONNode {
    JSONNode(.object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } }))
  }

  /// The words for the kind of value, for messages.
  package var kind: String {
    switch value {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
