public import AuditRecord

// How records are counted together.
extension SELinuxRecord {
  @inlinable package var standsAlone: Bool { false }

  /// The decision; the executable and the path or name, unless these are left out; the permissions, the contexts and the class.
  @usableFromInline
  package mutating func countingKey(_ detail: KeyDetail, _ text: borrowing Span<UInt8>) -> CountingKey {
    let permissive: UInt64 =
      !values.has(.permissive) ? 0 : values.has(.permissive, "0", in: text) ? 1 : 2
    var key = CountingKey(0, permissive << 1 | (isDenied ? 1 : 0))
    guard detail != .least else { return key }
    if detail == .all {
      values.add(.comm, text, to: &key)
      values.add(values.has(.path) ? .path : .name, text, to: &key)
    }
    key.texts.append(permissions)
    values.add(values.has(.scontext) ? .scontext : .ssid, text, to: &key)
    values.add(values.has(.tcontext) ? .tcontext : .tsid, text, to: &key)
    values.add(.tclass, text, to: &key)
    return key
  }

  @usableFromInline
  package mutating func inventedTexts(_ text: borrowing Span<UInt8>) -> TextRanges {
    var texts = TextRanges()
    if values.has(.comm) { texts.insert(values.range(.comm)) }
    if values.has(.path) { texts.insert(values.range(.path)) }
    if values.has(.name) { texts.insert(values.range(.name)) }
    return texts
  }

  @usableFromInline
  package static func leastText(_ key: CountingKey, stamp: AuditStamp, pid: Int32) -> String {
    let permissive = key.second >> 1
    return "audit(\(stamp.text)): avc:  \(key.second & 1 == 1 ? "denied" : "granted")  { * } for  pid=\(pid) "
      + "comm=\"*\" scontext=* tcontext=* tclass=*" + (permissive == 0 ? "" : " permissive=\(permissive - 1)")
  }
}
