package import AuditRecord
internal import BasicContainers
internal import EnrichedLog
internal import LinuxSystem

/// Counts records by owner and by what their kind distinguishes, so that many records become one line. Owned by the thread that reads
/// records; a value that writes nothing but its memory.
///
/// A record of a key that has a slot is copied there and counted. What to do about a record without a slot is the caller's decision, see
/// `add`. Times are in milliseconds of any clock.
package struct Aggregator: ~Copyable {
  /// What is known of a slot beside the memory.
  struct SlotState {
    var hash: UInt32 = 0
    /// -1 if the slot is free.
    var owner: Int32 = -1
    /// A number that no other key has had in this slot.
    var key: UInt32 = 0
    /// For how many intervals the key has counted nothing.
    var idle: UInt16 = 0
    /// Whether the key is new or was written in this interval.
    var isActive = false
  }

  package let memory: AggregationMemory
  /// That of the memory. A record must not count references.
  let numbers: SharedNumbers
  /// For each hash, from its lower bits on, the slot's number plus 1, with the hash in the upper half; 0 if free.
  var index = UniqueArray<UInt64>(repeating: 0, count: 2 * AggregationMemory.maxKeys)
  var slots = UniqueArray<SlotState>(repeating: SlotState(), count: AggregationMemory.maxKeys)
  /// The free slots. The lowest is last and is used first.
  var free = UniqueArray<Int32>(minimumCapacity: AggregationMemory.maxKeys)
  var owners = AggregationOwners()
  private let seeds: (UInt64, UInt64, UInt64)

  let interval: Int64
  var intervalNumber: UInt8 = 0
  /// When the interval ends; `.max` without keys.
  package internal(set) var due = Int64.max

  /// After so many intervals without a record a key is forgotten, and its next record has a line at once.
  static let maxIdle = 10

  /// `memory` has no counts. The interval is in milliseconds.
  package init(in memory: AggregationMemory, interval: Int64) {
    self.memory = memory
    self.interval = interval
    numbers = memory.memory.numbers
    // Nobody can choose texts with equal hashes.
    seeds = (.random(in: 0 ... .max), .random(in: 0 ... .max) | 1, .random(in: 0 ... .max) | 1)
    for slot in (0..<AggregationMemory.maxKeys).reversed() { free.append(Int32(slot)) }
  }

  /// The number of keys.
  package func countKeys() -> Int { AggregationMemory.maxKeys - free.count }

  // MARK: For each record

  /// What a record is searched by.
  struct Query {
    var key: CountingKey
    var identity: UInt32
    var hash: UInt32
  }

  /// Whether a record's text can fit into a slot.
  @inline(__always)
  package static func fits(_ text: borrowing Span<UInt8>) -> Bool {
    text.count < AggregationMemory.Slot.capacity
  }

  /// Counts a record, if its key has a slot. `node` is the name of another node; empty if it is this one.
  /// Returns the slot, or nil if there is none or the text does not fit.
  package mutating func count(
    _ key: borrowing CountingKey, _ kind: RecordKinds, of owner: AggregationOwners.Reference,
    _ text: borrowing Span<UInt8>, node: borrowing Span<UInt8>, _ stamp: AuditStamp
  ) -> CountedSlot? {
    guard let slot = find(query(key, kind, .all, of: owner, text, node: node), text, node: node),
      copyAndCount(slot, text, stamp, leaving: TextRanges())
    else { return nil }
    return counted(slot, .all)
  }

  /// Whether a slot in which an equal record was counted still has that key, and its owner is this one. With less than all detail, that is
  /// said for the rest of the interval only: there may be a slot for more of it then.
  @inline(__always)
  package func holds(_ counted: CountedSlot, of owner: AggregationOwners.Reference) -> Bool {
    slots[counted.slot].key & 0xff_ffff == counted.key && slots[counted.slot].owner == owner.number
      && owners.isCurrent(owner) && (counted.detail == .all || counted.interval == intervalNumber)
  }

  /// The slot as `holds` wants it.
  @inline(__always)
  package func counted(_ slot: Int, _ detail: KeyDetail) -> CountedSlot {
    CountedSlot(slot: slot, detail: detail, key: slots[slot].key & 0xff_ffff, interval: intervalNumber)
  }

  @inline(__always)
  func query(
    _ key: borrowing CountingKey, _ kind: RecordKinds, _ detail: KeyDetail,
    of owner: AggregationOwners.Reference, _ text: borrowing Span<UInt8>, node: borrowing Span<UInt8>
  ) -> Query {
    let texts = key.texts.count + (node.isEmpty ? 0 : 1)
    let identity = SlotHeader(
      owner: Int(owner.number), kind: kind, detail: detail, texts: texts, keyLength: 0, textLength: 0
    ).identity
    var hash = Self.mix(key.first ^ seeds.0, key.second ^ seeds.1)
    hash = Self.mix(hash ^ UInt64(identity), seeds.2)
    if !node.isEmpty { hash = add(node, 0..<node.count, to: hash) }
    hash = Self.mix(hash ^ self.hash(key, text), seeds.1)
    return Query(key: copy key, identity: identity, hash: UInt32(truncatingIfNeeded: hash >> 32))
  }

  /// The hash of a key's texts.
  @inline(__always)
  package func hash(_ key: borrowing CountingKey, _ text: borrowing Span<UInt8>) -> UInt64 {
    if key.hash != 0 { return key.hash }
    var hash: UInt64 = 0
    for number in 0..<key.texts.count { hash = add(text, key.texts[number], to: hash) }
    return hash
  }

  @inline(__always)
  private func add(_ text: borrowing Span<UInt8>, _ range: Range<Int>, to hash: UInt64) -> UInt64 {
    var hash = Self.mix(hash ^ UInt64(range.count), seeds.1)
    var position = range.lowerBound
    while position + 8 <= range.upperBound, let word = text.word(at: position) {
      hash = Self.mix(hash ^ word, seeds.2)
      position += 8
    }
    guard position < range.upperBound else { return hash }
    var rest: UInt64 = 0
    while position < range.upperBound {
      rest = rest << 8 | UInt64(text[position])
      position += 1
    }
    return Self.mix(hash ^ rest, seeds.2)
  }

  @inline(__always)
  private static func mix(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let product = one.multipliedFullWidth(by: other)
    return product.high ^ product.low
  }

  /// The slot of a key; nil if it has none.
  @inline(__always)
  func find(
    _ query: borrowing Query, _ text: borrowing Span<UInt8>, node: borrowing Span<UInt8>
  ) -> Int? {
    var position = Int(query.hash) & (index.count - 1)
    while true {
      let entry = index[position]
      if entry == 0 { return nil }
      if UInt32(truncatingIfNeeded: entry >> 32) == query.hash {
        let slot = Int(truncatingIfNeeded: entry & 0xffff_ffff) - 1
        if isSlot(slot, of: query, text, node: node) { return slot }
      }
      position = (position + 1) & (index.count - 1)
    }
  }

  @inline(__always)
  private func isSlot(
    _ slot: Int, of query: borrowing Query, _ text: borrowing Span<UInt8>, node: borrowing Span<UInt8>
  ) -> Bool {
    let start = AggregationMemory.offset(slot)
    guard
      UInt32(truncatingIfNeeded: numbers[(start + AggregationMemory.Slot.header) / 8] >> 32)
        == query.identity,
      numbers[(start + AggregationMemory.Slot.firstNumber) / 8] == query.key.first,
      numbers[(start + AggregationMemory.Slot.secondNumber) / 8] == query.key.second
    else { return false }
    let lengths = start + AggregationMemory.Slot.texts
    var offset = lengths + 2 * (query.key.texts.count + (node.isEmpty ? 0 : 1))
    var number = 0
    if !node.isEmpty {
      guard numbers.short(atByte: lengths) == node.count,
        numbers.hasBytes(of: node, in: 0..<node.count, atByte: offset)
      else { return false }
      offset += node.count
      number = 1
    }
    for part in 0..<query.key.texts.count {
      let range = query.key.texts[part]
      guard numbers.short(atByte: lengths + 2 * (number + part)) == range.count,
        numbers.hasBytes(of: text, in: range, atByte: offset)
      else { return false }
      offset += range.count
    }
    return true
  }

  /// Counts a record of a slot. `left` are the ranges of the text that are `*` in the slot.
  package mutating func count(
    _ slot: Int, _ detail: KeyDetail, of owner: AggregationOwners.Reference, _ text: borrowing Span<UInt8>,
    _ stamp: AuditStamp, pid: Int32, leaving left: borrowing TextRanges
  ) {
    if detail != .all { owners.merge(of: owner.number) }
    if detail != .least {
      if copyAndCount(slot, text, stamp, leaving: left) { return }
    }
    count(slot, stamp, pid: pid)
  }

  /// Copies a record's text to its slot. Returns false if it does not fit.
  @inline(__always)
  private mutating func copyAndCount(
    _ slot: Int, _ text: borrowing Span<UInt8>, _ stamp: AuditStamp, leaving left: borrowing TextRanges
  ) -> Bool {
    let start = AggregationMemory.offset(slot)
    let headerIndex = (start + AggregationMemory.Slot.header) / 8
    var header = SlotHeader(bits: numbers[headerIndex])
    guard header.keyLength + text.count + left.count * 2 <= AggregationMemory.Slot.capacity else {
      return false
    }
    let textStart = start + AggregationMemory.Slot.texts + header.keyLength
    if left.count == 0 {
      numbers.copy(text, toByte: textStart)
      header.textLength = text.count
    } else {
      header.textLength = copy(text, leaving: left, toByte: textStart)
    }
    numbers[headerIndex] = header.bits
    increment(start, stamp)
    return true
  }

  /// Counts a record of a slot that has no text.
  private mutating func count(_ slot: Int, _ stamp: AuditStamp, pid: Int32) {
    let start = AggregationMemory.offset(slot)
    let process = (start + AggregationMemory.Slot.process) / 8
    store(stamp, at: start + AggregationMemory.Slot.lastStamp)
    numbers[process] = numbers[process] & 0xffff_ffff | UInt64(UInt32(bitPattern: pid)) << 32
    increment(start, stamp)
  }

  @inline(__always)
  private mutating func increment(_ start: Int, _ stamp: AuditStamp) {
    let countIndex = (start + AggregationMemory.Slot.count) / 8
    let count = numbers[countIndex]
    if count == 0 { store(stamp, at: start + AggregationMemory.Slot.firstStamp) }
    numbers[countIndex] = count &+ 1
  }

  private func store(_ stamp: AuditStamp, at offset: Int) {
    numbers[offset / 8] = UInt64(clamping: stamp.seconds) << 10 | UInt64(stamp.milliseconds)
    numbers[offset / 8 + 1] = stamp.serial
  }
}
