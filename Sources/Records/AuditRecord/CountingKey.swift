/// How much of its detail a record keeps when it is counted with others.
@usableFromInline
package enum KeyDetail: UInt8, CaseIterable, Sendable {
  /// All that the kind distinguishes.
  case all
  /// Without the texts that a process can invent: executables, names and paths. They are `*`.
  case merged
  /// So little that an owner has only a few such keys.
  case least
}

/// What records of one owner have in common that are counted together.
@usableFromInline
package struct CountingKey: Sendable {
  /// Two numbers whose meaning the kind knows.
  @usableFromInline package var first: UInt64
  @usableFromInline package var second: UInt64
  /// The texts, as ranges of the record's text.
  @usableFromInline package var texts = TextRanges()
  /// The hash of the texts, if it is known; otherwise 0.
  @usableFromInline package var hash: UInt64 = 0

  @inlinable @inline(__always)
  package init(_ first: UInt64, _ second: UInt64 = 0) { (self.first, self.second) = (first, second) }
}

/// The slot in which a record was counted.
@usableFromInline
package struct CountedSlot: Sendable {
  @usableFromInline package var slot: Int
  @usableFromInline package var detail: KeyDetail
  /// A number of 24 bits that the slot's key has, and no other key had in that slot before.
  @usableFromInline package var key: UInt32
  /// The lowest bits of the interval's number.
  @usableFromInline package var interval: UInt8

  @inlinable @inline(__always)
  package init(slot: Int, detail: KeyDetail, key: UInt32, interval: UInt8) {
    (self.slot, self.detail, self.key, self.interval) = (slot, detail, key, interval)
  }
}

/// Up to eight ranges of a text that has fewer than 65,536 bytes.
@usableFromInline
package struct TextRanges: Sendable {
  // The start in the upper half, the length in the lower one.
  @usableFromInline var ranges = InlineArray<8, UInt32>(repeating: 0)
  @usableFromInline package private(set) var count = 0

  @inlinable package init() {}

  @inlinable @inline(__always)
  package subscript(index: Int) -> Range<Int> {
    let start = Int(ranges[index] >> 16)
    return start..<start + Int(ranges[index] & 0xffff)
  }

  @inline(__always)
  package mutating func append(_ range: Range<Int>) {
    ranges[count] = UInt32(truncatingIfNeeded: range.lowerBound << 16 | range.count & 0xffff)
    count += 1
  }

  /// Adds a range at its place by its start.
  package mutating func insert(_ range: Range<Int>) {
    append(range)
    var index = count - 1
    while index > 0, ranges[index - 1] > ranges[index] {
      ranges.swapAt(index - 1, index)
      index -= 1
    }
  }
}
