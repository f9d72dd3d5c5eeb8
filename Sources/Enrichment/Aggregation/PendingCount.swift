package import AuditRecord

/// Records that were counted and have no line yet. Ranges are offsets in the memory.
package struct PendingCount: Sendable {
  package var count: UInt64
  /// The owner's number.
  package var owner: Int
  package var kind: RecordKinds
  package var detail: KeyDetail
  /// The number of the records' type.
  package var type: UInt16
  package var key: CountingKey
  /// The stamps of the first and the last of the records. If there is a text, the last one is only there.
  package var first: AuditStamp
  package var last: AuditStamp
  package var pid: Int32
  /// The name of another node; empty if it is this one.
  package var node: Range<Int>
  /// The last record; empty if `key` says everything.
  package var text: Range<Int>

  /// A key of `KeyDetail.least`. Of one with more detail only that of SECCOMP records has the same numbers.
  package var leastKey: CountingKey {
    detail == .least || kind == .seccomp ? key : CountingKey(.max, key.second)
  }
}

/// A slot's owner, kind and detail, and the lengths of its texts, as one number. 0 is a free slot.
struct SlotHeader {
  var bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  /// `texts` is the number of the key's texts, and `keyLength` the number of their bytes with the lengths.
  init(owner: Int, kind: RecordKinds, detail: KeyDetail, texts: Int, keyLength: Int, textLength: Int) {
    bits =
      UInt64(owner + 1) << 48 | UInt64(kind.rawValue) << 40 | UInt64(detail.rawValue) << 36
      | UInt64(texts) << 32 | UInt64(keyLength) << 16 | UInt64(textLength)
  }

  /// What differs between keys: everything but the lengths.
  var identity: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }

  /// Nil for a free slot.
  var owner: Int? {
    let number = Int(bits >> 48)
    return 1...AggregationMemory.maxOwners ~= number ? number - 1 : nil
  }

  var kind: RecordKinds { RecordKinds(rawValue: UInt8(bits >> 40 & 0xff)) }
  var detail: KeyDetail? { KeyDetail(rawValue: UInt8(bits >> 36 & 0xf)) }
  var texts: Int { Int(bits >> 32 & 0xf) }
  var keyLength: Int { Int(bits >> 16 & 0xffff) }
  var textLength: Int {
    get { Int(bits & 0xffff) }
    set { bits = bits & ~0xffff | UInt64(newValue) }
  }
}
