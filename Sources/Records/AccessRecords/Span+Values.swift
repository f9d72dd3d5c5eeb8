internal import AuditRecord

// Functions that read keys and values in place. Each checks its bounds and allocates nothing.
extension Span where Element == UInt8 {
  /// The offset of the first field after a stamp, which is not checked; nil if there is none, or less than a word after it.
  @inline(__always)
  var endOfStamp: Int? {
    var position = 0
    while position < 48, let word = word(at: position) {
      let length = word.leadingBytes(before: UInt8(ascii: ")"))
      position += length
      if length < 8 { break }
    }
    guard skip(UInt8(ascii: ")"), at: &position), skip(UInt8(ascii: ":"), at: &position) else { return nil }
    skipSpaces(at: &position)
    return position
  }

  @inline(__always)
  func skipSpaces(at position: inout Int) {
    while position < count, self[position] == UInt8(ascii: " ") { position += 1 }
  }

  /// Advances `position` past `literal`. Returns false if it is not there.
  @inline(__always)
  func skip(_ literal: StaticString, at position: inout Int) -> Bool {
    guard hasLiteral(literal, at: position) else { return false }
    position += literal.utf8CodeUnitCount
    return true
  }

  /// Whether the words of a range, which single spaces separate, include `word`.
  func hasWord(_ word: StaticString, in range: Range<Int>) -> Bool {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = firstIndex(of: UInt8(ascii: " "), in: start..<range.upperBound) ?? range.upperBound
      if end - start == word.utf8CodeUnitCount, hasLiteral(word, at: start) { return true }
      start = end + 1
    }
    return false
  }

  /// The index of the first `byte` from `start` on, which is there as a rule.
  @inline(__always)
  func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    if start < count, self[start] == byte { return start }
    return firstIndex(of: byte, in: start..<count)
  }

  /// The end of a value without quotes.
  @inline(__always)
  func endOfWord(from start: Int) -> Int {
    var end = start
    while let word = word(at: end) {
      let length = word.leadingBytesOfWord
      end += length
      if length < 8 { return end }
    }
    while end < count, self[end] > 0x20 { end += 1 }
    return end
  }

  /// The end of a value of any form, including its quotes.
  func endOfValue(from start: Int) throws(MalformedRecord) -> Int {
    guard start < count, self[start] == UInt8(ascii: "\"") else { return endOfWord(from: start) }
    guard let quote = firstIndex(of: UInt8(ascii: "\""), in: start + 1..<count) else { throw .truncated }
    return quote + 1
  }

  /// Whether a range can be a key of the kernel: letters, digits, `_` and `-`.
  func isKey(_ range: Range<Int>) -> Bool {
    guard !range.isEmpty else { return false }
    for index in range {
      switch self[index] {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"): continue
      default: return false
      }
    }
    return true
  }

  /// Advances `position` past a decimal number and returns its range: without leading zeros, so that it is also a number of JSON, and of
  /// at most the digits of a 64-bit number. A letter in upper case may follow, which belongs to what auditd appends.
  @inline(__always)
  func number(at position: inout Int) throws(MalformedRecord) -> Range<Int> {
    let start = position
    var end = start
    if end < count, self[end] == UInt8(ascii: "-") { end += 1 }
    let digits = end
    while end < count, self[end] &- 0x30 < 10 { end += 1 }
    guard 1...20 ~= end - digits, self[digits] != UInt8(ascii: "0") || end == digits + 1,
      end == count || self[end] <= 0x20 || self[end].isCapital
    else { throw .badNumber }
    position = end
    return start..<end
  }

  /// Advances `position` past a value without quotes, and returns whether nothing in it needs an escape in quotes.
  @inline(__always)
  func skipWord(at position: inout Int) -> Bool {
    while let word = word(at: position) {
      let length = word.leadingPlainBytesOfWord
      position += length
      if length < 8 { break }
    }
    while position < count, self[position] > 0x20, self[position].isPlain { position += 1 }
    guard position < count, self[position] > 0x20 else { return true }
    position = endOfWord(from: position)
    return false
  }

  /// Whether a range is text in hexadecimal digits, as the kernel writes it: in upper case.
  @inline(__always)
  func isHexadecimalText(_ range: Range<Int>) -> Bool {
    guard !range.isEmpty, range.count % 2 == 0 else { return false }
    for index in range where !(self[index] &- 0x30 < 10 || self[index] &- 0x41 < 6) { return false }
    return true
  }
}

extension UInt8 {
  @inline(__always)
  var isCapital: Bool { self &- 0x41 < 26 }
}
