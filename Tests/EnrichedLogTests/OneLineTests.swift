import EnrichedLog
import TestSupport
import Testing

@Suite struct OneLineTests {
  /// Random bytes, with more of those that end lines, values or characters.
  private func bytes(_ random: inout SeededGenerator) -> [UInt8] {
    (0..<Int.random(in: 1...40, using: &random)).flatMap { _ -> [UInt8] in
      switch Int.random(in: 0..<4, using: &random) {
      case 0: [UInt8.random(in: 0...255, using: &random)]
      case 1: [Array("\"\\\n\r= {}[],:\0\u{7f}".utf8).randomElement(using: &random)!]
      case 2: Array(["\u{85}", "\u{2028}", "😀", "é", "\" pod=\"x"].randomElement(using: &random)!.utf8)
      default: [UInt8.random(in: 0x80...255, using: &random)]
      }
    }
  }

  @Test(
    "One record is one line with its own keys, whatever bytes a process chose",
    arguments: 1...10 as ClosedRange<UInt64>)
  func klog(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let keys = StructuredText(try Rendering().text(payload()))?.keys
    for _ in 0..<100 {
      var rendering = Rendering(node: String(decoding: bytes(&random), as: UTF8.self))
      rendering.owner.pod = String(decoding: bytes(&random), as: UTF8.self)
      let text = payload(comm: hexadecimal(bytes(&random)), exe: hexadecimal(bytes(&random)))
      let line = try rendering.bytes(Array(text.utf8))
      #expect(line.firstIndex(of: 10) == line.count - 1)
      let valid = try #require(String(validating: line, as: UTF8.self))
      let structured = try #require(StructuredText(valid), "\(valid)")
      #expect(structured.keys == keys)
    }
  }

  @Test(
    "One record is one valid JSON object, whatever bytes a process chose",
    arguments: 1...10 as ClosedRange<UInt64>)
  func json(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var rendering = Rendering(style: .json)
      let pod = String(decoding: bytes(&random), as: UTF8.self)
      rendering.owner.pod = pod
      let exe = bytes(&random)
      let text = payload(comm: hexadecimal(bytes(&random)), exe: hexadecimal(exe), subject: " subj=\u{1}\"\\")
      let line = try rendering.bytes(Array(text.utf8))
      #expect(line.firstIndex(of: 10) == line.count - 1)
      let values = try Rendering.decode(line)
      #expect(values["pod"] == .text(pod))
      #expect(values["pid"] == 3_723_190)
      #expect(values["subj"] == "\u{1}\"\\")
      if let exe = String(validating: exe, as: UTF8.self) { #expect(values["executable"] == .text(exe)) }
    }
  }
}
