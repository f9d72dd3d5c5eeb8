public import AuditRecord

// How records are counted together.
extension AppArmorRecord {
  /// What AppArmor can do, by the number in keys.
  // See: aa_audit() in security/apparmor/audit.c
  private static func outcome(_ number: UInt64) -> StaticString {
    switch number {
    case 0: "DENIED"
    case 1: "ALLOWED"
    case 2: "AUDIT"
    case 3: "STATUS"
    case 4: "HINT"
    case 5: "ERROR"
    default: "*"
    }
  }

  /// Each kill is an event of its own.
  @usableFromInline package var standsAlone: Bool { isKill }

  /// The executable and name, unless these are left out; the operation, the profile, what AppArmor did, and what was denied.
  @usableFromInline
  package mutating func countingKey(_ detail: KeyDetail, _ text: borrowing Span<UInt8>) -> CountingKey {
    var key = CountingKey(0)
    guard detail != .least else {
      while key.first < 6, !values.has(.apparmor, Self.outcome(key.first), in: text) { key.first += 1 }
      return key
    }
    if detail == .all {
      values.add(.comm, text, to: &key)
      values.add(.name, text, to: &key)
    }
    values.add(.apparmor, text, to: &key)
    values.add(.operation, text, to: &key)
    values.add(values.has(.profile) ? .profile : .label, text, to: &key)
    values.add(values.has(.deniedMask) ? .deniedMask : .denied, text, to: &key)
    return key
  }

  @usableFromInline
  package mutating func inventedTexts(_ text: borrowing Span<UInt8>) -> TextRanges {
    var texts = TextRanges()
    if values.has(.comm) { texts.insert(values.range(.comm)) }
    if values.has(.name) { texts.insert(values.range(.name)) }
    return texts
  }

  @usableFromInline
  package static func leastText(_ key: CountingKey, stamp: AuditStamp, pid: Int32) -> String {
    "audit(\(stamp.text)): apparmor=\"\(outcome(key.first))\" operation=\"*\" profile=\"*\" name=\"*\" pid=\(pid) comm=\"*\""
  }
}
