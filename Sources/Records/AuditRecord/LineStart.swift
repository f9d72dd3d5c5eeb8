/// The beginning that most lines of auditd's log have whose record is of one type, `type=SECCOMP msg=`: compared by whole words.
struct LineStart: Sendable {
  let type: UInt16
  let length: Int
  private let words: InlineArray<3, UInt64>
  private let masks: InlineArray<3, UInt64>

  /// nil for a name that is longer than what is compared.
  init?(of type: RecordType) {
    let text = Array("type=\(type.name) msg=".utf8)
    guard text.count <= 24 else { return nil }
    var words = InlineArray<3, UInt64>(repeating: 0)
    var masks = words
    for (index, byte) in text.enumerated() {
      let shift = UInt64(56 - 8 * (index % 8))
      words[index / 8] |= UInt64(byte) << shift
      masks[index / 8] |= 0xff << shift
    }
    self.type = type.number
    length = text.count
    (self.words, self.masks) = (words, masks)
  }

  /// Whether `line` begins so.
  @inline(__always)
  func matches(_ line: borrowing Span<UInt8>) -> Bool {
    // No whole record is shorter.
    guard let first = line.word(at: 0), let second = line.word(at: 8), let third = line.word(at: 16) else {
      return false
    }
    return first & masks[0] == words[0] && second & masks[1] == words[1] && third & masks[2] == words[2]
  }
}
