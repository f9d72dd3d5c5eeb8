internal import AuditRecord

/// Recognises the second copy of a record in the journal, which has each record twice if journald reads the audit socket: as it came from
/// there, and as a kernel message.
///
/// Equal records may follow one another, and the kernel prints only some of those of a burst. So each copy of one kind cancels one of the
/// other kind, whichever comes first, and what remains is the larger number.
package struct CopyFilter: Sendable {
  package enum Kind: Sendable {
    case kernel, audit
  }

  private struct Entry {
    var hash: UInt64 = 0
    /// How many copies more there are of the kernel's than of the other kind.
    var surplus: Int32 = 0
  }

  /// More records than journald reads from one of its sources before it reads the other one.
  private static let slots = 1 << 14
  /// Empty before the first record, so that other logs need no memory for it.
  private var entries: [Entry] = []

  package init() {}

  /// Whether a record is no copy of an earlier one. `hash` is that of its text.
  package mutating func isNew(_ hash: UInt64, _ kind: Kind) -> Bool {
    if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.slots) }
    let index = Int(truncatingIfNeeded: hash) & (Self.slots - 1)
    if entries[index].hash != hash { entries[index] = Entry(hash: hash) }
    let step: Int32 = kind == .kernel ? 1 : -1
    let surplus = entries[index].surplus
    entries[index].surplus = surplus &+ step
    return surplus == 0 || (surplus > 0) == (step > 0)
  }
}

extension Span<UInt8> {
  /// A hash of all bytes.
  package var hash: UInt64 {
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(count)
    var index = 0
    while let word = word(at: index) {
      hash = (hash ^ word) &* 0xff51_afd7_ed55_8ccd
      hash ^= hash >> 32
      index += 8
    }
    while index < count {
      hash = (hash ^ UInt64(self[index])) &* 0xff51_afd7_ed55_8ccd
      hash ^= hash >> 29
      index += 1
    }
    return hash
  }

  /// A hash of the fields of a record's text, without the time and the serial number.
  var hashAfterStamp: UInt64 {
    let end = firstIndex(of: UInt8(ascii: ")"), in: 0..<Swift.min(count, 64)) ?? 0
    return extracting(Swift.min(end + 3, count)..<count).hash
  }
}
