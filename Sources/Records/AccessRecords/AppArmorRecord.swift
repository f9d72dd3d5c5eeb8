public import AuditRecord

/// One AppArmor record (type 1400): what a profile denied, allowed or reported, or that a policy was loaded.
///
/// The record stores ranges; the values remain in the bytes that it was read from.
@usableFromInline
package struct AppArmorRecord: Sendable {
  @usableFromInline package private(set) var stamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
  @usableFromInline package private(set) var stampText = 0..<0
  /// 0 if the record has none.
  @usableFromInline package private(set) var pid: Int32 = 0
  @usableFromInline package private(set) var isWarning = false
  @usableFromInline private(set) var isKill = false
  @usableFromInline package private(set) var uncertainty: ProcessUncertainty?
  @usableFromInline package var values = FieldValues<AppArmorKey>()

  @inlinable package init() {}
}

extension AppArmorRecord: RecordKind {
  @inlinable package static var type: RecordType { .avc }
  @inlinable package static var name: StaticString { "apparmor" }
  @inlinable package static var kind: RecordKinds { .apparmor }

  /// The first field is `apparmor=`, or `operation=` if the kernel's module parameter `audit_header` is off.
  @usableFromInline
  package static func recognizes(_ text: borrowing Span<UInt8>) -> Bool {
    guard let start = text.endOfStamp else { return false }
    return text.hasLiteral("apparmor=", at: start) || text.hasLiteral("operation=", at: start)
  }

  // See: audit_pre() in security/apparmor/audit.c
  @usableFromInline
  package mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord) {
    var position = 0
    guard let stamp = AuditStamp(text, at: &position) else { throw .noStamp }
    self.stamp = stamp
    stampText = 6..<position - 2
    values.begin(at: position)
    // The order of most records, which is the fast path. The rest may have any order.
    try values.readNext(.apparmor, " apparmor=", in: text, at: &position)
    try values.readNext(.operation, " operation=", in: text, at: &position)
    try values.readNext(.class, " class=", in: text, at: &position)
    try values.readNext(.profile, " profile=", in: text, at: &position)
    try values.readNext(.name, " name=", in: text, at: &position)
    try values.readNext(.pid, " pid=", in: text, at: &position)
    try values.readNext(.comm, " comm=", in: text, at: &position)
    try values.readNext(.requestedMask, " requested_mask=", in: text, at: &position)
    try values.readNext(.deniedMask, " denied_mask=", in: text, at: &position)
    try values.readNext(.fsuid, " fsuid=", in: text, at: &position)
    try values.readNext(.ouid, " ouid=", in: text, at: &position)
    try values.readRest(text, from: position)
    guard isComplete(text) else { throw .truncated }
    pid = try values.processID(.pid, in: text)
    isKill = values.has(.apparmor, "KILLED", in: text)
    isWarning = isKill || values.has(.apparmor, "DENIED", in: text)
    uncertainty = pid == 0 ? .noProcess : isOfPeer(text) ? .otherProcess : nil
  }

  /// Whether the record has the fields with which records of its class end. What AppArmor reports of itself has no more than its status.
  private mutating func isComplete(_ text: borrowing Span<UInt8>) -> Bool {
    guard values.has(.comm) else { return values.has(.apparmor, "STATUS", in: text) }
    if values.has(.capability) { return values.has(.capname) }
    // Masks are of files, which end in an owner, of sockets, or of a peer.
    guard values.has(.requestedMask) else { return true }
    guard values.has(.deniedMask) || values.has(.apparmor, "AUDIT", in: text) else { return false }
    return values.has(.ouid) || values.has(.peer) || values.has(.family)
  }

  /// Whether the profile is that of the process which the operation was aimed at. The record then has the process ID of the one that
  /// sent the signal, traced, or connected, and not the ID of the one that the profile confines.
  // See: aa_may_signal() and aa_may_ptrace() in security/apparmor
  private mutating func isOfPeer(_ text: borrowing Span<UInt8>) -> Bool {
    guard values.has(.peer), let mask = values[.requestedMask] ?? values[.requested] else { return false }
    return text.hasWord("receive", in: mask) || text.hasWord("tracedby", in: mask)
      || text.hasWord("readby", in: mask)
  }

  /// The profile; stacked ones are a label.
  private var profile: AppArmorKey { values.has(.profile) ? .profile : .label }

  @usableFromInline
  package func tallyKey(_ text: borrowing Span<UInt8>) -> TallyKey? {
    var hash = Hasher()
    hash.combine(values[profile] ?? 0..<0, in: text)
    hash.combine(values[.operation] ?? 0..<0, in: text)
    hash.combine(values[.apparmor] ?? 0..<0, in: text)
    return TallyKey(.apparmor, hash: hash)
  }

  /// The profile, the operation, and what AppArmor did.
  @usableFromInline
  package func tallyLabels(_ text: borrowing Span<UInt8>) -> [String] {
    var labels: [String] = []
    for key in [profile, .operation, .apparmor] { labels.append(text.label(values.text(key, in: text))) }
    return labels
  }

  /// Writes the fields, each of which is listed once, in `AppArmorKey`.
  @inlinable
  package mutating func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)
  {
    values.put(.comm, as: Field("executable", .basic, journal: "EXECUTABLE"), text, to: &sink)
    if values.has(.pid) { values.put(.pid, text, to: &sink) } else { sink.put(AppArmorKey.pid.field, 0) }
    values.put(.apparmor, text, to: &sink)
    values.put(.operation, text, to: &sink)
    values.put(.profile, text, to: &sink)
    values.put(.name, text, to: &sink)
    guard sink.has(.full) else { return }
    values.write(from: .comm, before: .trans, text, to: &sink)
  }

  @inlinable
  package mutating func writeDetails<Sink: FieldSink & ~Copyable>(
    _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {
    values.write(from: .trans, text, to: &sink)
    values.writeOthers(text, to: &sink)
  }
}
