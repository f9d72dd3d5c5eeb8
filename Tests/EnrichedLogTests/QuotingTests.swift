import EnrichedLog
import Testing

@Suite struct QuotingTests {
  /// Bytes, their form in Go's strconv.Quote, and the text that a JSON reader gets.
  static let texts: [([UInt8], String, String)] = [
    (Array("two words".utf8), #""two words""#, "two words"),
    (Array("q\"uote".utf8), #""q\"uote""#, "q\"uote"),
    (Array("back\\slash".utf8), #""back\\slash""#, "back\\slash"),
    (Array("new\nline".utf8), #""new\nline""#, "new\nline"),
    (Array("\r\n\t".utf8), #""\r\n\t""#, "\r\n\t"),
    ([7, 8, 11, 12], #""\a\b\v\f""#, "\u{7}\u{8}\u{b}\u{c}"),
    ([0], #""\x00""#, "\0"), ([0x1b, 0x5b], #""\x1b[""#, "\u{1b}["), ([0x7f], #""\x7f""#, "\u{7f}"),
    ([0xff, 0xfe], #""\xff\xfe""#, "\u{fffd}\u{fffd}"),
    (Array("café".utf8), #""café""#, "café"), (Array("😀".utf8), #""😀""#, "😀"),
    (Array("\u{85}".utf8), #""\u0085""#, "\u{85}"), (Array("\u{2028}".utf8), #""\u2028""#, "\u{2028}"),
    (Array("\u{2029}".utf8), #""\u2029""#, "\u{2029}"), (Array("\u{a0}".utf8), #""\u00a0""#, "\u{a0}"),
    (Array("\u{200b}".utf8), #""\u200b""#, "\u{200b}"), (Array("\u{feff}".utf8), #""\ufeff""#, "\u{feff}"),
    (Array("\u{202e}".utf8), #""\u202e""#, "\u{202e}"), (Array("\u{e000}".utf8), #""\ue000""#, "\u{e000}"),
    (Array("\u{10ffff}".utf8), #""\U0010ffff""#, "\u{10ffff}"),
    (Array("\u{fffd}".utf8), "\"\u{fffd}\"", "\u{fffd}"),
    // Truncated and overlong sequences, a surrogate, and a code point that is too high: each byte is invalid by itself.
    ([0xe2, 0x80], #""\xe2\x80""#, "\u{fffd}\u{fffd}"), ([0xc3], #""\xc3""#, "\u{fffd}"),
    ([0xc0, 0x80], #""\xc0\x80""#, "\u{fffd}\u{fffd}"),
    ([0xe0, 0x80, 0x80], #""\xe0\x80\x80""#, "\u{fffd}\u{fffd}\u{fffd}"),
    ([0xed, 0xa0, 0x80], #""\xed\xa0\x80""#, "\u{fffd}\u{fffd}\u{fffd}"),
    ([0xf4, 0x90, 0x80, 0x80], #""\xf4\x90\x80\x80""#, "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ([0xe2, 0x22], #""\xe2\"""#, "\u{fffd}\""), ([0x80], #""\x80""#, "\u{fffd}"),
  ]

  @Test("Text that a process chose is quoted like in Go", arguments: texts)
  func go(bytes: [UInt8], quoted: String, text: String) throws {
    let body = try Rendering().body(payload(comm: hexadecimal(bytes), exe: hexadecimal(bytes)))
    let line = try #require(StructuredText("I] " + body))
    #expect(line.pairs.first { $0.key == "executable" }?.value == quoted)
    #expect(line.pairs.first { $0.key == "comm" }?.value == quoted)
  }

  @Test("A JSON reader gets the original text, with U+FFFD for invalid bytes", arguments: texts)
  func json(bytes: [UInt8], quoted: String, text: String) throws {
    let values = try Rendering(style: .json).json(payload(comm: hexadecimal(bytes), exe: hexadecimal(bytes)))
    #expect(values["executable"] == .text(text))
    #expect(values["comm"] == .text(text))
  }

  @Test(
    "A name cannot pass for a key", arguments: [#"x" pid=1 pod="y"#, "a\" pid=1 \"", "\\\" pod=\"x", "\\"])
  func forged(name: String) throws {
    let plain = try #require(StructuredText(try Rendering().text(payload())))
    var rendering = Rendering(node: name)
    rendering.owner.pod = name
    rendering.owner.namespace = name
    rendering.owner.container = name
    let text = try rendering.text(payload(comm: hexadecimal(name.utf8), exe: hexadecimal(name.utf8)))
    let line = try #require(StructuredText(text))
    #expect(line.keys == plain.keys)
    #expect(line.pairs.first { $0.key == "pid" }?.value == "3723190")
  }

  @Test(
    "A quoted text and its hexadecimal form give the same line, for every byte at every index",
    arguments: [RecordFormat.Style.klog, .json])
  func everyByte(style: RecordFormat.Style) throws {
    var (texts, inQuotes, inDigits): ([[UInt8]], [[UInt8]], [[UInt8]]) = ([], [], [])
    for length in [1, 7, 8, 9, 17] {
      let plain = Array("plain-text/of.it_".utf8.prefix(length))
      let quoted = Array(payload(exe: #""\#(String(decoding: plain, as: UTF8.self))""#).utf8)
      let start = try #require(quoted.firstRange(of: Array(#"exe=""#.utf8))).upperBound
      for place in 0..<length {
        for byte in 0...UInt8.max where byte != UInt8(ascii: "\"") {
          var (quoted, text) = (quoted, plain)
          quoted[start + place] = byte
          text[place] = byte
          texts.append(text)
          inQuotes.append(quoted)
          inDigits.append(Array(payload(exe: hexadecimal(text)).utf8))
        }
      }
    }
    let rendering = Rendering(style: style, fields: .basic)
    let key = Array((style == .json ? #""executable":""# : #" executable=""#).utf8)
    let (quotedLines, digitsLines) = (try rendering.lines(inQuotes), try rendering.lines(inDigits))
    for (index, text) in texts.enumerated() {
      let line = quotedLines[index]
      try #require(line == digitsLines[index])
      try #require(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f })
      let isVerbatim = text.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
      try #require(line.contains(key + text + [UInt8(ascii: "\"")]) == isVerbatim)
    }
  }

  @Test("A text that the kernel did not quote correctly is quoted nevertheless")
  func kernelQuotes() throws {
    let body = try Rendering().body(payload(exe: "\"/a\\b\u{1}\u{85}\""))
    #expect(body.contains(#" executable="/a\\b\x01\u0085" pid="#))
  }
}
