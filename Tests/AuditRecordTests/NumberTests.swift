import AuditRecord
import Testing

/// Numbers are read eight digits at once; these tests compare with reading them one by one.
@Suite struct NumberTests {
  /// Bytes after a number, so that it is read both with eight bytes to spare and at the end of a text.
  private static let tails = [0, 1, 7, 8, 9]

  @Test(arguments: 1...19) func `decimal numbers of each length are read, up to the next byte`(length: Int) {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let digits = (0..<length).map { _ in UInt8.random(in: 0x30...0x39, using: &generator) }
      for tail in Self.tails {
        let text = digits + [UInt8](repeating: 0x20, count: tail)
        var position = 0
        let number = text.span.decimal(at: &position, digits: 1...19)
        #expect(number == UInt64(String(decoding: digits, as: UTF8.self)))
        #expect(position == length)
      }
    }
  }

  @Test(arguments: 1...16) func `hexadecimal numbers of each length are read, up to the next byte`(
    length: Int
  ) {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let digits = (0..<length).map { _ in "0123456789abcdef".utf8.randomElement(using: &generator)! }
      for tail in Self.tails {
        let text = digits + [UInt8](repeating: 0x20, count: tail)
        var position = 0
        let number = text.span.lowerHexadecimal(at: &position)
        #expect(number == UInt64(String(decoding: digits, as: UTF8.self), radix: 16))
        #expect(position == length)
      }
    }
  }

  @Test func `any byte that is no digit ends a number, wherever it is`() {
    for byte in UInt8.min...UInt8.max {
      for length in 0...8 {
        for filler in [UInt8(ascii: "7"), byte, 0x2f, 0x3a, 0x60, 0x67, 0xff] {
          let text =
            [UInt8](repeating: UInt8(ascii: "9"), count: length) + [byte]
            + [UInt8](repeating: filler, count: 9)
          check(text, isDigit: { (0x30...0x39).contains($0) }, most: 19) {
            $0.decimal(at: &$1, digits: 1...19)
          }
          check(text, isDigit: { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }, most: 16) {
            $0.lowerHexadecimal(at: &$1)
          }
        }
      }
    }
  }

  private func check(
    _ text: [UInt8], isDigit: (UInt8) -> Bool, most: Int,
    _ read: (borrowing Span<UInt8>, inout Int) -> UInt64?
  ) {
    var position = 0
    let number = read(text.span, &position)
    let length = text.prefix(while: isDigit).count
    let isNumber = 1...most ~= length
    #expect((number != nil) == isNumber && position == (isNumber ? length : 0), "\(text)")
  }

  @Test func `a number with too few or too many digits is none`() {
    for (text, digits) in [("12", 3...3), ("1234", 3...3), ("12345678901", 1...10), ("123456789", 8...8)] {
      for tail in ["", "        "] {
        var position = 0
        let bytes = Array((text + tail).utf8)
        #expect(bytes.span.decimal(at: &position, digits: digits) == nil)
        #expect(position == 0)
      }
    }
    var position = 0
    let long = [UInt8](repeating: UInt8(ascii: "f"), count: 17)
    #expect(long.span.lowerHexadecimal(at: &position) == nil)
  }
}
