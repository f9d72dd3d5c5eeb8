import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// Reads a document from text.
private func read(_ text: String) throws(InvalidDocument) -> JSONNode {
  try JSONNode(document: Array(text.utf8).span)
}

@Suite struct JSONTextTests {
  @Test(
    "A document is written as it was read",
    arguments: [
      "null", "true", "false", "0", "-1.5e+30", "18446744073709551615", "\"\"", "[]", "{}", "[1,[2,[]],{}]",
      #"{"a":{"b":[null,"x"]},"c":"\"\\\n"}"#,
    ])
  func roundTrip(_ text: String) throws {
    #expect(try read(text).compact == text)
    #expect(try read(read(text).pretty).compact == text)
  }

  @Test("Escapes become their characters, and lone surrogates U+FFFD")
  func escapes() throws {
    guard case .string(let text) = try read(#""\u0041\ud83d\ude00\/\b\f\ud83d-\udc00""#).value else {
      Issue.record("no string")
      return
    }
    #expect(text == "A😀/\u{8}\u{c}\u{fffd}-\u{fffd}")
  }

  @Test("Each item has a line of its own")
  func pretty() throws {
    #expect(
      try read(#"{"a":[1,2],"b":{},"c":{"d":"e"}}"#).pretty == """
        {
          "a": [
            1,
            2
          ],
          "b": {},
          "c": {
            "d": "e"
          }
        }

        """)
  }

  @Test("What could end a line or a quoted text is escaped")
  func quoting() {
    #expect("a\"\\\n\u{85}\u{2028}\u{7f}é".quotedForJSON == #""a\"\\\n\u0085\u2028\u007fé""#)
  }

  @Test(
    "Text that is not JSON is refused, with the line and the reason",
    arguments: [
      ("", 1, "the text ends before a value"), ("{", 1, "a key in quotes has to be here"),
      ("{\n\"a\"\n1}", 3, "a colon has to be here"), ("{\"a\":1,}", 1, "a key in quotes has to be here"),
      ("[1,\n]", 2, "a value has to begin here"), ("[1 2]", 1, "a comma or ']' has to be here"),
      ("{\"a\":1 \"b\":2}", 1, "a comma or '}' has to be here"),
      ("[01]", 1, "a number begins with a needless 0"), ("[1.]", 1, "a digit has to be here"),
      ("\"a", 1, "the text ends within a string"), ("\"\n\"", 1, "a control character stands in a string"),
      (#""\x""#, 1, "this escape does not exist"),
      (#""\u12g4""#, 1, "four hexadecimal digits have to follow '\\u'"),
      ("1\n\n2", 3, "the document has ended before this"), ("nul", 1, "a value has to begin here"),
      ("{\"a\":1,\n\"a\":2}", 2, "'a' stands twice in one object"),
    ])
  func refusals(_ text: String, _ line: Int, _ reason: String) {
    #expect(throws: InvalidDocument(line: line, reason: reason)) { try read(text) }
  }

  @Test("Nesting has a limit")
  func depth() throws {
    let most = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(try read(most).compact == most)
    #expect(throws: InvalidDocument(line: 1, reason: "values are nested more than 64 deep")) {
      try read("[\(most)]")
    }
  }

  @Test("Random changes of a document are read as Foundation reads them, or refused")
  func mutations() throws {
    let seed = Array(#"{"a":[1,-2.5e3,"x\u00e9\n"],"b":{"c":null,"d":[true,false]},"e":""}"#.utf8)
    var random = SeededGenerator(seed: 25)
    let characters = Array(#"{}[]",:\u0eE+-.tfn 9a"#.utf8)
    var accepted = 0
    for _ in 0..<20_000 {
      var text = seed
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        text[Int.random(in: text.indices, using: &random)] = characters.randomElement(using: &random)!
      }
      let mine = try? JSONNode(document: text.span)
      if mine != nil { accepted += 1 }
      guard let mine else { continue }
      let theirs = try? JSONDecoder().decode(AnyJSON.self, from: Data(text))
      let again = try JSONDecoder().decode(AnyJSON.self, from: Data(mine.compact.utf8))
      #expect(theirs == again, "\(String(decoding: text, as: UTF8.self))")
    }
    #expect(accepted > 1000)
  }
}

/// Any JSON, as Foundation reads it.
private indirect enum AnyJSON: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([AnyJSON])
  case object([String: AnyJSON])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([AnyJSON].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: AnyJSON].self))
    }
  }
}
