internal import AuditRecord

/// Texts that occur in many lines, each stored once. A name is an index, so that it can be compared and hashed fast.
package struct NamePool: Sendable {
  /// A text of the pool. `none` is the empty text.
  package struct Name: Hashable, Sendable {
    package fileprivate(set) var index: UInt32

    package static let none = Name(index: 0)
  }

  /// The input has more different names than fit into memory.
  package struct Overflow: Error, CustomStringConvertible, Sendable {
    package var description: String {
      "the input has more than \(NamePool.maxCount) different names: select some of them, or read it in parts"
    }
  }

  /// A limit, because lines may come from anywhere.
  fileprivate static let maxCount = 1 << 20
  private static let maxBytes = 1 << 26

  private var bytes: [UInt8] = []
  /// The offset in `bytes` at which each name ends.
  private var ends: [UInt32] = [0]
  /// The hash of each name.
  private var hashes: [UInt32] = [0]
  /// Names by their hash, with open addressing; 0 marks a free slot. The count is a power of two.
  private var slots = [UInt32](repeating: 0, count: 1024)
  /// The last name of each quick hash; most names of a line are among them.
  private var recent = [UInt32](repeating: 0, count: 256)

  package init() {}

  /// How many different texts there are.
  package var count: Int { ends.count }

  /// The text of a name.
  package subscript(name: Name) -> String {
    String(decoding: bytes[range(of: Int(name.index))], as: UTF8.self)
  }

  private func range(of index: Int) -> Range<Int> {
    index == 0 ? 0..<0 : Int(ends[index - 1])..<Int(ends[index])
  }

  /// Finds or adds a text.
  package mutating func name(_ text: borrowing Span<UInt8>) throws(Overflow) -> Name {
    guard text.count > 0 else { return .none }
    let quick = Self.quickHash(text)
    let last = Int(recent[quick])
    if last != 0, equals(range(of: last), text) { return Name(index: UInt32(last)) }
    let name = try find(text)
    recent[quick] = name.index
    return name
  }

  /// A number below 256, of the beginning and the end of a text.
  private static func quickHash(_ text: borrowing Span<UInt8>) -> Int {
    var bits = UInt64(text.count)
    if let first = text.word(at: 0), let last = text.word(at: text.count - 8) {
      bits ^= first &* 3 ^ last
    } else {
      for index in text.indices { bits = bits << 8 ^ UInt64(text[index]) }
    }
    return Int((bits &* 0x9e37_79b9_7f4a_7c15) >> 56)
  }

  private mutating func find(_ text: borrowing Span<UInt8>) throws(Overflow) -> Name {
    // The seed differs in each run, so that nobody can choose names with equal hashes.
    var hasher = Hasher()
    // The bytes are only read during the call.
    unsafe text.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    let hash = UInt32(truncatingIfNeeded: hasher.finalize())
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let index = Int(slots[slot])
      if hashes[index] == hash, equals(range(of: index), text) { return Name(index: UInt32(index)) }
      slot = (slot + 1) & (slots.count - 1)
    }
    guard ends.count <= Self.maxCount, bytes.count + text.count <= Self.maxBytes else { throw Overflow() }
    let index = UInt32(ends.count)
    for position in text.indices { bytes.append(text[position]) }
    ends.append(UInt32(bytes.count))
    hashes.append(hash)
    slots[slot] = index
    if ends.count > slots.count / 2 { grow() }
    return Name(index: index)
  }

  /// Finds or adds a text.
  package mutating func name(_ text: String) throws(Overflow) -> Name { try name(Array(text.utf8).span) }

  private func equals(_ range: Range<Int>, _ text: borrowing Span<UInt8>) -> Bool {
    range.count == text.count && text.hasBytes(of: bytes.span, in: range, at: 0)
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for index in 1..<ends.count {
      var slot = Int(hashes[index]) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(index)
    }
  }
}
