internal import AuditRecord
package import EnrichedLog
package import LinuxSystem
package import SystemPackage

/// The memory of an aggregator: a slot of fixed size for each key, with its count and its last record, and the owners of the keys.
///
/// It is a file that systemd keeps open, so that the counts of a killed service become lines of its next run. What that run finds is
/// validated like any external input. A slot's header is stored last when it is filled and first when it is cleared.
package final class AggregationMemory {
  package let memory: SharedMemory
  /// Whether the memory is that of an earlier run, with its counts.
  package private(set) var isInherited: Bool

  package static let name = "counts"
  package static let maxKeys = 16_384
  package static let maxOwners = 4096

  /// Increment the version whenever an offset or the meaning of a number changes.
  private static let format = SharedMemory.Format(magic: 0x746e_756f_632d_6561, version: 1)

  private enum Offset {
    // The format's numbers are before these.
    /// The number of slots, from the first one on, that may be in use.
    static let usedSlots = 16
    static let owners = 4096
    static let slots = owners + AggregationMemory.maxOwners * AggregationMemory.ownerSize
    static let end = slots + AggregationMemory.maxKeys * Slot.size
  }

  private static let ownerSize = 1024

  /// A slot: numbers, then the key's texts (the length of each in two bytes, then all bytes), then the record's text.
  enum Slot {
    /// How many records were counted and have no line yet.
    static let count = 0
    static let header = 8
    static let firstNumber = 16
    static let secondNumber = 24
    /// The stamp of the first of these records, in two numbers, and that of the last, if the slot has no text.
    static let firstStamp = 32
    static let lastStamp = 48
    /// The process of the last record, if the slot has no text, the record's type, and the length of the node's name.
    static let process = 64
    static let texts = 72
    static let size = 640
    /// The bytes for the key's texts and the record's text.
    static let capacity = size - texts
  }

  /// Creates memory that no other process keeps yet.
  package init() throws(Errno) {
    memory = try SharedMemory(name: Self.name, size: Offset.end, format: Self.format)
    isInherited = false
  }

  /// Adopts the memory that another process left; nil if it has another format or version.
  package init?(inherited fd: Int32) {
    guard let memory = SharedMemory(adopting: fd, size: Offset.end, format: Self.format) else { return nil }
    self.memory = memory
    isInherited = true
  }

  /// Discards all keys and owners, and returns the memory to the system.
  package func removeAll() {
    isInherited = false
    memory.store(0, at: Offset.usedSlots)
    memory.discard(Offset.owners..<Offset.end)
  }

  // MARK: Slots

  /// The offset of a slot.
  @inline(__always)
  static func offset(_ slot: Int) -> Int { Offset.slots + slot * Slot.size }

  /// The number of slots, from the first one on, that may be in use.
  package var usedSlots: Int { Int(min(memory.number(at: Offset.usedSlots), UInt64(Self.maxKeys))) }

  /// Notes that a slot is in use from now on.
  func use(_ slot: Int) {
    if slot >= usedSlots { memory.store(UInt64(slot + 1), at: Offset.usedSlots) }
  }

  /// Clears a slot.
  func clear(_ slot: Int) {
    memory.store(0, at: Self.offset(slot) + Slot.header)
    memory.store(0, at: Self.offset(slot) + Slot.count)
  }

  /// Notes that a slot's records have a line.
  package func resetCount(of slot: Int) { memory.store(0, at: Self.offset(slot) + Slot.count) }

  /// The counted records of a slot that have no line; nil if there are none, or if the slot is free or damaged.
  package func pending(_ slot: Int) -> PendingCount? {
    let start = Self.offset(slot)
    let count = memory.number(at: start + Slot.count)
    let header = SlotHeader(bits: memory.number(at: start + Slot.header))
    guard count > 0, let owner = header.owner, let detail = header.detail else { return nil }
    let process = memory.number(at: start + Slot.process)
    let node = Int(process & 0xffff)
    let lengths = 2 * header.texts
    guard lengths + node <= header.keyLength, header.keyLength + header.textLength <= Slot.capacity else {
      return nil
    }
    let key = start + Slot.texts
    let text = key + header.keyLength
    return PendingCount(
      count: count, owner: owner, kind: header.kind, detail: detail, type: UInt16(process >> 16 & 0xffff),
      key: CountingKey(
        memory.number(at: start + Slot.firstNumber), memory.number(at: start + Slot.secondNumber)),
      first: stamp(at: start + Slot.firstStamp), last: stamp(at: start + Slot.lastStamp),
      pid: Int32(truncatingIfNeeded: process >> 32),
      node: key + lengths..<key + lengths + node, text: text..<text + header.textLength)
  }

  private func stamp(at offset: Int) -> AuditStamp {
    let time = memory.number(at: offset)
    return AuditStamp(
      seconds: Int64(clamping: time >> 10), milliseconds: UInt16(min(time & 1023, 999)),
      serial: memory.number(at: offset + 8))
  }

  // MARK: Owners

  /// An owner's fields: the length of each in two bytes, and one more if there is one; then all bytes.
  package func owner(_ number: Int) -> RecordOwner {
    let start = Offset.owners + number * Self.ownerSize
    return memory.withBytes(start..<start + Self.ownerSize) { bytes in
      var position = 0
      var offset = 2 * OwnerTexts.count
      var texts = OwnerTexts()
      for index in 0..<OwnerTexts.count {
        let length = Int(bytes[position]) | Int(bytes[position + 1]) << 8
        position += 2
        guard length > 0, offset + length - 1 <= bytes.count else { continue }
        texts.values[index] = String(
          decoding: (offset..<offset + length - 1).map { bytes[$0] }, as: UTF8.self)
        offset += length - 1
      }
      return texts.owner
    }
  }

  /// Stores an owner. Names that are longer than Kubernetes' are cut off.
  func setOwner(_ number: Int, _ owner: RecordOwner) {
    var lengths: [UInt8] = []
    var content: [UInt8] = []
    for value in OwnerTexts(owner).values {
      let bytes = value.map { Array($0.utf8.prefix(Self.ownerSize - 2 * OwnerTexts.count - content.count)) }
      let length = bytes.map { $0.count + 1 } ?? 0
      lengths += [UInt8(length & 0xff), UInt8(length >> 8)]
      content += bytes ?? []
    }
    memory.copy((lengths + content).span, to: Offset.owners + number * Self.ownerSize)
  }
}

/// An owner's fields as texts, in a fixed order.
private struct OwnerTexts {
  static let count = 9
  var values = [String?](repeating: nil, count: Self.count)

  init() {}

  init(_ owner: RecordOwner) {
    values = [
      owner.namespace, owner.pod, owner.container, owner.podUID, owner.containerID, owner.runtime, owner.unit,
      owner.attribution?.rawValue, owner.reason,
    ]
  }

  var owner: RecordOwner {
    var owner = RecordOwner()
    (owner.namespace, owner.pod, owner.container) = (values[0] ?? "", values[1] ?? "", values[2] ?? "")
    (owner.podUID, owner.containerID, owner.runtime, owner.unit) = (
      values[3], values[4], values[5], values[6]
    )
    (owner.attribution, owner.reason) = (values[7].flatMap { Attribution(rawValue: $0) }, values[8])
    return owner
  }
}
