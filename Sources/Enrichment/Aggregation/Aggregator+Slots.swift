package import AuditRecord
package import EnrichedLog

/// Which keys have a slot. A container may have 512 keys. If all slots are used, each container has the same share of them.
extension Aggregator {
  /// What became of a new key.
  package enum Added {
    /// It has this slot. In a new one nothing is counted.
    case slot(Int, isNew: Bool)
    /// The key in this slot has to be removed first, and its count written before.
    case evict(Int)
    /// The record has to be counted with less detail.
    case refused
  }

  private static var maxOfContainer: Int { 512 }

  /// The reference of an owner; nil if there are too many owners.
  package mutating func reference(of owner: RecordOwner) -> AggregationOwners.Reference? {
    if let reference = owners.reference(of: owner, in: memory) { return reference }
    // Keys without a count need no line.
    for slot in slots.indices where slots[slot].owner >= 0 && !slots[slot].isActive && pendingCount(slot) == 0
    {
      remove(slot)
    }
    owners.removeUnused()
    return owners.reference(of: owner, in: memory)
  }

  /// Whether a reference is still that of its owner.
  @inline(__always)
  package func isCurrent(_ reference: AggregationOwners.Reference) -> Bool { owners.isCurrent(reference) }

  private func pendingCount(_ slot: Int) -> UInt64 {
    numbers[(AggregationMemory.offset(slot) + AggregationMemory.Slot.count) / 8]
  }

  /// Finds the slot of a key, or gives it one. A key of the least detail is never refused.
  package mutating func add(
    _ key: borrowing CountingKey, _ kind: RecordKinds, _ type: RecordType, _ detail: KeyDetail,
    of owner: AggregationOwners.Reference, _ text: borrowing Span<UInt8>, node: borrowing Span<UInt8>,
    leaving left: borrowing TextRanges, at now: Int64
  ) -> Added {
    guard Self.fits(key, detail == .least ? 0 : text.count, node: node, left) else { return .refused }
    let query = query(key, kind, detail, of: owner, text, node: node)
    if let slot = find(query, text, node: node) { return .slot(slot, isNew: false) }
    let container = owners.container(of: owner.number)
    let keys = owners.keys(ofContainer: container)
    // A part of the keys is for records with less detail.
    let share = free.isEmpty ? AggregationMemory.maxKeys / max(1, owners.active + (keys == 0 ? 1 : 0)) : .max
    let limit = min(Self.maxOfContainer, share)
    switch detail {
    case .all: guard keys < limit - limit / 4 else { return .refused }
    case .merged: guard keys < limit - limit / 8 else { return .refused }
    case .least:
      if keys >= limit, let slot = idlest(of: container) { return .evict(slot) }
    }
    guard let slot = free.popLast() else {
      let largest = owners.largestContainer
      if largest == container, detail != .least { return .refused }
      return idlest(of: largest).map { .evict($0) } ?? .refused
    }
    fill(Int(slot), query, type, detail, of: owner.number, text, node: node)
    if due == .max { due = now + interval }
    return .slot(Int(slot), isNew: true)
  }

  /// The key of a container that has counted nothing for longest.
  private func idlest(of container: Int32) -> Int? {
    var found: Int?
    var most = -1
    for slot in slots.indices where slots[slot].owner >= 0 {
      guard owners.container(of: slots[slot].owner) == container else { continue }
      let idle = Int(slots[slot].idle) * 2 + (pendingCount(slot) == 0 ? 1 : 0)
      if idle > most { (found, most) = (slot, idle) }
    }
    return found
  }

  private mutating func fill(
    _ slot: Int, _ query: borrowing Query, _ type: RecordType, _ detail: KeyDetail, of owner: Int32,
    _ text: borrowing Span<UInt8>, node: borrowing Span<UInt8>
  ) {
    let start = AggregationMemory.offset(slot)
    let texts = query.key.texts.count + (node.isEmpty ? 0 : 1)
    let lengths = start + AggregationMemory.Slot.texts
    var offset = lengths + 2 * texts
    var number = 0
    if !node.isEmpty {
      numbers.store(short: node.count, atByte: lengths)
      numbers.copy(node, toByte: offset)
      offset += node.count
      number = 1
    }
    for part in 0..<query.key.texts.count {
      let range = query.key.texts[part]
      numbers.store(short: range.count, atByte: lengths + 2 * (number + part))
      numbers.copy(text.extracting(range), toByte: offset)
      offset += range.count
    }
    memory.use(slot)
    memory.resetCount(of: slot)
    let shared = memory.memory
    shared.store(query.key.first, at: start + AggregationMemory.Slot.firstNumber)
    shared.store(query.key.second, at: start + AggregationMemory.Slot.secondNumber)
    shared.store(UInt64(type.number) << 16 | UInt64(node.count), at: start + AggregationMemory.Slot.process)
    var header = SlotHeader(bits: UInt64(query.identity) << 32)
    header.bits |= UInt64(offset - lengths) << 16
    shared.store(header.bits, at: start + AggregationMemory.Slot.header)
    slots[slot] = SlotState(hash: query.hash, owner: owner, key: slots[slot].key &+ 1, isActive: true)
    owners.addKey(of: owner)
    insert(slot)
  }

  /// Whether a key's texts and a record's text fit into a slot, with some space for the numbers of other records.
  private static func fits(
    _ key: borrowing CountingKey, _ textLength: Int, node: borrowing Span<UInt8>,
    _ left: borrowing TextRanges
  ) -> Bool {
    var length = 2 * (key.texts.count + 1) + node.count + textLength + 2 * left.count + 32
    for number in 0..<key.texts.count { length += key.texts[number].count }
    return length <= AggregationMemory.Slot.capacity
  }

  /// Copies a text with `*` in place of some ranges. Returns its length.
  func copy(_ text: borrowing Span<UInt8>, leaving left: borrowing TextRanges, toByte start: Int)
    -> Int
  {
    var (offset, position) = (start, 0)
    for index in 0..<left.count {
      let range = left[index]
      numbers.copy(text.extracting(position..<range.lowerBound), toByte: offset)
      offset += range.lowerBound - position
      // What has no quotes are hexadecimal digits.
      let isQuoted = range.lowerBound > 0 && text[range.lowerBound - 1] == UInt8(ascii: "\"")
      let star: StaticString = isQuoted ? "*" : "\"*\""
      numbers.copy(star, toByte: offset)
      offset += star.utf8CodeUnitCount
      position = range.upperBound
    }
    numbers.copy(text.extracting(position..<text.count), toByte: offset)
    return offset + text.count - position - start
  }

  // MARK: The index

  private mutating func insert(_ slot: Int) {
    let hash = slots[slot].hash
    var position = Int(hash) & (index.count - 1)
    while index[position] != 0 { position = (position + 1) & (index.count - 1) }
    index[position] = UInt64(hash) << 32 | UInt64(slot + 1)
  }

  /// Removes the key in a slot, whose count has been written or is none.
  package mutating func remove(_ slot: Int) {
    let mask = index.count - 1
    var position = Int(slots[slot].hash) & mask
    while index[position] & 0xffff_ffff != UInt64(slot + 1) { position = (position + 1) & mask }
    // Entries that follow without a gap move to where they are found.
    var next = (position + 1) & mask
    while index[next] != 0 {
      let home = Int(index[next] >> 32) & mask
      if (next - home) & mask >= (next - position) & mask {
        index[position] = index[next]
        position = next
      }
      next = (next + 1) & mask
    }
    index[position] = 0
    owners.removeKey(of: slots[slot].owner)
    slots[slot] = SlotState(key: slots[slot].key)
    memory.clear(slot)
    free.append(Int32(slot))
  }

  // MARK: Intervals

  /// Notes that the count of a slot has been written.
  package mutating func noteWritten(_ slot: Int) {
    memory.resetCount(of: slot)
    slots[slot].isActive = true
  }

  /// Ends an interval, after all counts have been written. Keys that have counted nothing for long are forgotten.
  package mutating func endInterval(at now: Int64) {
    guard due != .max else { return }
    intervalNumber &+= 1
    let passed = max(0, now - due) / interval + 1
    for slot in slots.indices where slots[slot].owner >= 0 {
      slots[slot].idle = slots[slot].isActive ? 0 : UInt16(clamping: Int64(slots[slot].idle) + passed)
      slots[slot].isActive = false
      if slots[slot].idle >= Self.maxIdle { remove(slot) }
    }
    owners.removeUnused()
    due = countKeys() == 0 ? .max : due + passed * interval
  }

  /// Forgets all keys, whose counts have been written.
  package mutating func removeAll() {
    for slot in slots.indices where slots[slot].owner >= 0 { remove(slot) }
    owners.removeUnused()
    due = .max
  }

  /// The generation of an owner's number.
  package func generation(of owner: Int) -> UInt32 { owners.generation(of: owner) }

  /// The owners whose records lost detail since the last call, by number, and how many records.
  package mutating func drainMerged() -> [(owner: Int, count: UInt64)] { owners.drainMerged() }
}
