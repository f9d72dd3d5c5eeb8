internal import AuditRecord

/// The text of a line between its values. Most lines have the keys of the line before, in the same order: such a line is compared with
/// its shape, and only its values are looked at. Equal text between them means that its form is as right as that of the former line.
struct LineShape: Sendable {
  private struct Part {
    /// The text before the value, in `bytes`, with a quote at its end if the value is in quotes.
    var text: Range<Int>
    /// Nil if the value says nothing about calls.
    var key: LineKey?
    var isQuoted: Bool
  }

  private var bytes: [UInt8] = []
  private var parts: [Part] = []
  /// The end of the last value in the line that is learned.
  private var end: Int
  /// Whether lines can be compared with it.
  private(set) var isKnown = false
  private var isUsable = true

  /// Longer than the keys of any line.
  private static let maxBytes = 4096
  private static let maxParts = 64

  /// Begins to learn the shape of a text that starts at `offset` of a line.
  init(at offset: Int) { end = offset }

  // MARK: Learn

  /// Adds a value of the line.
  mutating func add(_ key: LineKey?, _ value: Range<Int>, _ line: borrowing Span<UInt8>) {
    guard isUsable, parts.count < Self.maxParts, value.lowerBound - end + bytes.count <= Self.maxBytes else {
      return refuse()
    }
    let start = bytes.count
    for index in end..<value.lowerBound { bytes.append(line[index]) }
    parts.append(
      Part(text: start..<bytes.count, key: key, isQuoted: bytes.last == UInt8(ascii: "\"")))
    end = value.upperBound
  }

  /// Notes that the line has values of another kind, such as lists or texts with escapes.
  mutating func refuse() { isUsable = false }

  /// Adds the end of the line, which was right.
  mutating func finish(_ line: borrowing Span<UInt8>) {
    guard isUsable, !parts.isEmpty, line.count - end + bytes.count <= Self.maxBytes else { return }
    let start = bytes.count
    for index in end..<line.count { bytes.append(line[index]) }
    parts.append(Part(text: start..<bytes.count, key: nil, isQuoted: false))
    isKnown = true
  }

  // MARK: Compare

  /// The position in a line that is compared.
  struct Cursor {
    fileprivate var part = 0
    fileprivate var offset: Int

    init(at offset: Int) { self.offset = offset }
  }

  enum Step {
    case value(LineKey, Range<Int>)
    /// The whole line has the shape.
    case end
    /// It does not.
    case other
  }

  /// Finds the next value that has a key.
  @inline(__always)
  func next(_ cursor: inout Cursor, _ line: borrowing Span<UInt8>) -> Step {
    let bytes = bytes.span
    while true {
      let part = parts[cursor.part]
      guard line.hasBytes(of: bytes, in: part.text, at: cursor.offset) else { return .other }
      let start = cursor.offset + part.text.count
      cursor.part += 1
      guard cursor.part < parts.count else { return start == line.count ? .end : .other }
      // What ends a value is checked with the text behind it: a quote, or what follows a number.
      let end = part.isQuoted ? line.endOfPlain(from: start) : line.endOfNumber(from: start)
      guard part.isQuoted || end > start else { return .other }
      cursor.offset = end
      if let key = part.key { return .value(key, start..<end) }
    }
  }
}

extension Span<UInt8> {
  /// The end of a whole number without needless zeros; `start` if there is none.
  @inline(__always)
  fileprivate func endOfNumber(from start: Int) -> Int {
    var index = start
    if index < count, self[index] == UInt8(ascii: "-") { index += 1 }
    let first = index
    while index < count, self[index] &- 0x30 < 10 { index += 1 }
    guard index > first, self[first] != UInt8(ascii: "0") || index == first + 1 else { return start }
    return index
  }
}
