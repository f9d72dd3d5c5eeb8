internal import AuditRecord

/// The usual beginning of a line for one record type in auditd's log, `type=SECCOMP msg=audit(`. It is compared in words of eight bytes.
struct LineStart: Sendable {
  let type: UInt16
  /// The offset of the record's text, which begins with `audit(`.
  let textOffset: Int
  private let length: Int
  private let words: InlineArray<3, UInt64>
  private let masks: InlineArray<3, UInt64>

  /// Returns nil for a name that exceeds the three words.
  init?(of type: RecordType) {
    let text = Array("type=\(type.name) msg=audit(".utf8)
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
    textOffset = length - 6
    (self.words, self.masks) = (words, masks)
  }

  /// Whether `line` has this beginning.
  @inline(__always)
  func matches(_ line: borrowing Span<UInt8>) -> Bool {
    // Every complete record is longer than this.
    guard let first = line.word(at: 0), let second = line.word(at: 8), let third = line.word(at: 16) else {
      return false
    }
    guard first & masks[0] == words[0] && second & masks[1] == words[1] && third & masks[2] == words[2],
      let stamp = line.word(at: length)
    else { return false }
    // `ausearch -i` shows a date instead, such as `07/06/2020` or `2020-07-06`, and never digits at both of these places.
    return UInt8(truncatingIfNeeded: stamp >> 40) &- 0x30 < 10
      && UInt8(truncatingIfNeeded: stamp >> 24) &- 0x30 < 10
  }
}
