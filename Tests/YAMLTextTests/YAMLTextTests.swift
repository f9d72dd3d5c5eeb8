import JSONText
import Testing
import YAMLText

/// Reads the documents of a stream, and shows them as JSON.
private func read(_ text: String) throws(InvalidDocument) -> [String] {
  try JSONNode.documents(yaml: Array(text.utf8).span).map(\.compact)
}

@Suite struct YAMLTextTests {
  @Test(
    "Documents become values",
    arguments: [
      ("", []), ("---\n---\n# nothing\n", []),
      ("a: 1\n---\nb: [x, 'y', \"z\\n\"]\n...\n", [#"{"a":1}"#, #"{"b":["x","y","z\n"]}"#]),
      ("a:\n- b: {c: d}\n  e:\n", [#"{"a":[{"b":{"c":"d"},"e":null}]}"#]), ("|\n a\n b\n", [#""a\nb\n""#]),
      (">-\n a\n b\n", [#""a b""#]), (#"{"a": [1, true]}"#, [#"{"a":[1,true]}"#]),
    ])
  func documents(_ text: String, _ values: [String]) throws { #expect(try read(text) == values) }

  @Test(
    "Words are what they are in all versions of YAML",
    arguments: [
      ("~", "null"), ("null", "null"), ("True", "true"), ("FALSE", "false"), ("12", "12"),
      ("-1.5e3", "-1.5e3"),
      ("18446744073709551615", "18446744073709551615"), ("0x7e020000", "2114060288"), ("yes", #""yes""#),
      ("010", #""010""#), ("+1", #""+1""#), ("0x", #""0x""#), ("0x+1", #""0x+1""#), ("1_000", #""1_000""#),
      ("'1'", #""1""#), ("\"null\"", #""null""#), ("1:30", #""1:30""#), (".5", #"".5""#), ("-", "[null]"),
    ])
  func words(_ text: String, _ value: String) throws { #expect(try read("- \(text)") == ["[\(value)]"]) }

  @Test(
    "What is not accepted is refused, with the line and the reason",
    arguments: [
      ("a: &x 1\nb: *x\n", 1, "anchors ('&name') are not read"),
      ("a: 1\nb: *x\n", 2, "aliases ('*name') are not read"),
      ("a: 1\nb: !!str 1\n", 2, "tags ('!name') are not read"),
      ("a: 1\na: 2\n", 2, "'a' stands twice in one mapping"),
      ("? [a]\n: 1\n", 1, "a key has to be a text"),
      ("a: 1\n b: 2\n", 2, "mapping values are not allowed in this context"),
      ("a: [1\n", 2, "did not find expected ',' or ']'"),
      ("a: \"\u{1}\"\n", 1, "control characters are not allowed"),
      (String(repeating: "[", count: 65), 1, "values are nested more than 64 deep"),
    ])
  func refusals(_ text: String, _ line: Int, _ reason: String) {
    #expect(throws: InvalidDocument(line: line, reason: reason)) { try read(text) }
  }

  @Test("Bytes that are no text are refused, and so are more values than any file needs")
  func bytes() {
    let bytes: [UInt8] = [0x61, 0x3a, 0x20, 0xff, 0x0a]
    #expect(throws: InvalidDocument(line: 1, reason: "invalid leading UTF-8 octet")) {
      try JSONNode.documents(yaml: bytes.span)
    }
    let many = "[" + String(repeating: "1,", count: 1 << 20) + "]"
    #expect(throws: InvalidDocument(line: 1, reason: "there are more than 1048576 values")) { try read(many) }
  }

  @Test(
    "A text that was written with quotes is read as it was",
    arguments: ["\u{85}\u{2028}\u{feff}😀\u{0}\t'\"\\", "--- a", "# x"])
  func quoting(_ text: String) throws {
    #expect(try read("k: \(text.quotedForJSON)\n") == [#"{"k":\#(text.quotedForJSON)}"#])
  }
}
