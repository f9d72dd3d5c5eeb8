import EnrichedLog
import TestSupport
import Testing

@Suite struct LineBufferTests {
  private func text(_ write: (inout LineBuffer) -> Void) -> String {
    var buffer = LineBuffer()
    write(&buffer)
    return buffer.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
  }

  /// The lowest and highest numbers of each length.
  private var numbers: [UInt64] {
    var random = SeededGenerator(seed: 1)
    var numbers: [UInt64] = [0, .max, 1 << 32, 1 << 63]
    var power: UInt64 = 1
    for _ in 0..<20 {
      numbers += [power - 1, power, power + 1]
      power = power.multipliedReportingOverflow(by: 10).partialValue
    }
    for _ in 0..<100_000 { numbers.append(random.next() >> UInt64.random(in: 0..<64, using: &random)) }
    return numbers + Array(0...10_000)
  }

  @Test("Numbers are written correctly in decimal and hexadecimal digits")
  func digits() {
    let wrong = numbers.filter { number in
      text { $0.append(decimal: number) } != String(number)
        || text { $0.append(hexadecimal: number) } != "0x" + String(number, radix: 16)
    }
    #expect(wrong == [])
    #expect(text { $0.append(decimal: Int64.min) } == String(Int64.min))
    #expect(text { $0.append(decimal: Int64(-1)) } == "-1")
  }

  @Test("Numbers are padded with zeros and never cut off", arguments: 0...8)
  func padded(least: Int) {
    let wrong = numbers.prefix(2000).map { Int64($0 >> 1) }.filter { number in
      let plain = String(number)
      let zeros = String(repeating: "0", count: max(0, least - plain.count))
      return text { $0.append(decimal: number, digits: least) } != zeros + plain
    }
    #expect(wrong == [])
  }
}
