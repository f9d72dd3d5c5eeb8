public import AuditRecord

/// One SELinux record (type 1400): an access that the policy denied, or one that it granted and reports.
///
/// The record stores ranges; the values remain in the bytes that it was read from.
@usableFromInline
package struct SELinuxRecord: Sendable {
  @usableFromInline package private(set) var stamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
  @usableFromInline package private(set) var stampText = 0..<0
  /// 0 if the record has none, or is of the idle process.
  @usableFromInline package private(set) var pid: Int32 = 0
  @usableFromInline package private(set) var isDenied = false
  /// Whether the access was in fact refused. A permissive domain may do what it is denied.
  @usableFromInline package private(set) var isWarning = false
  @usableFromInline package private(set) var uncertainty: ProcessUncertainty?
  /// The permissions, without their braces; `null` if the record has none.
  @usableFromInline package private(set) var permissions = 0..<0
  @usableFromInline package var values = FieldValues<SELinuxKey>()

  @inlinable package init() {}
}

extension SELinuxRecord: RecordKind {
  @inlinable package static var type: RecordType { .avc }
  @inlinable package static var name: StaticString { "selinux" }
  @inlinable package static var kind: RecordKinds { .selinux }
  /// In the lines of the Security Profiles Operator it is the name of a recording.
  @inlinable package static var emptyField: Field? { Field("profile", .basic) }

  @usableFromInline
  package static func recognizes(_ text: borrowing Span<UInt8>) -> Bool {
    guard let start = text.endOfStamp else { return false }
    return text.hasLiteral("avc:", at: start)
  }

  // See: avc_audit_pre_callback() in security/selinux/avc.c
  @usableFromInline
  package mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord) {
    var position = 0
    guard let stamp = AuditStamp(text, at: &position) else { throw .noStamp }
    self.stamp = stamp
    stampText = 6..<position - 2
    text.skipSpaces(at: &position)
    guard text.skip("avc:", at: &position) else { throw .noField }
    text.skipSpaces(at: &position)
    isDenied = text.skip("denied ", at: &position)
    guard isDenied || text.skip("granted ", at: &position) else { throw .truncated }
    text.skipSpaces(at: &position)
    permissions = try Self.permissions(in: text, at: &position)
    text.skipSpaces(at: &position)
    // Two spaces follow, of which the second one belongs to the first field.
    if !text.skip("for ", at: &position) { position -= 1 }
    values.begin(at: position)
    // The order of most records, which is the fast path. The rest may have any order.
    try values.readNext(.pid, " pid=", in: text, at: &position)
    try values.readNext(.comm, " comm=", in: text, at: &position)
    try values.readNext(.path, " path=", in: text, at: &position)
    try values.readNext(.name, " name=", in: text, at: &position)
    try values.readNext(.dev, " dev=", in: text, at: &position)
    try values.readNext(.ino, " ino=", in: text, at: &position)
    try values.readNext(.scontext, " scontext=", in: text, at: &position)
    try values.readNext(.tcontext, " tcontext=", in: text, at: &position)
    try values.readNext(.tclass, " tclass=", in: text, at: &position)
    try values.readNext(.permissive, " permissive=", in: text, at: &position)
    try values.readRest(text, from: position)
    // Kernels since 3.17 end the record of a denial with this field.
    guard values.has(.scontext) || values.has(.ssid), values.has(.tcontext) || values.has(.tsid),
      values.has(.tclass), values.has(.permissive) || !isDenied
    else { throw .truncated }
    pid = try values.processID(.pid, in: text)
    isWarning = isDenied && values.has(.permissive, "0", in: text)
    uncertainty = pid == 0 ? .noProcess : isOfNetwork(text) ? .packet : nil
  }

  private static func permissions(
    in text: borrowing Span<UInt8>, at position: inout Int
  ) throws(MalformedRecord) -> Range<Int> {
    let start = position
    if text.skip("null", at: &position) { return start..<position }
    guard text.skip(UInt8(ascii: "{"), at: &position) else { throw .noField }
    guard let brace = text.firstIndex(of: UInt8(ascii: "}"), in: position..<text.count) else {
      throw .truncated
    }
    text.skipSpaces(at: &position)
    var end = brace
    while end > position, text[end - 1] == UInt8(ascii: " ") { end -= 1 }
    let first = min(position, end)
    position = brace + 1
    return first..<end
  }

  /// Whether the record is about a packet. Most packets are handled by whatever process runs at that moment, whose ID the record has.
  // See: selinux_socket_sock_rcv_skb() and selinux_ip_forward() in security/selinux/hooks.c
  private mutating func isOfNetwork(_ text: borrowing Span<UInt8>) -> Bool {
    values.has(.netif) || values.has(.tclass, "packet", in: text) || values.has(.tclass, "peer", in: text)
      || values.has(.tclass, "netif", in: text) || values.has(.tclass, "node", in: text)
      || values.has(.tclass, "association", in: text)
  }

  @usableFromInline
  package func tallyKey(_ text: borrowing Span<UInt8>) -> TallyKey? {
    var hash = Hasher()
    hash.combine(values[.scontext] ?? 0..<0, in: text)
    hash.combine(values[.tcontext] ?? 0..<0, in: text)
    hash.combine(values[.tclass] ?? 0..<0, in: text)
    hash.combine(isDenied)
    return TallyKey(.selinux, hash: hash)
  }

  /// The contexts, the class, and the decision.
  @usableFromInline
  package func tallyLabels(_ text: borrowing Span<UInt8>) -> [String] {
    var labels: [String] = []
    for key in [SELinuxKey.scontext, .tcontext, .tclass] {
      labels.append(text.label(values.text(key, in: text)))
    }
    return labels + [isDenied ? "denied" : "granted"]
  }

  /// Writes the fields, each of which is listed once, here or in `SELinuxKey`.
  @inlinable
  package mutating func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink)
  {
    sink.put(Field("perm", .basic, journal: "PERM"), bytes: text.extracting(permissions))
    values.put(.scontext, text, to: &sink)
    values.put(.tcontext, text, to: &sink)
    values.put(.tclass, text, to: &sink)
    guard sink.has(.full) else { return }
    sink.put(Field("decision", .full, journal: "SELINUX_DECISION"), word: isDenied ? "denied" : "granted")
    values.write(from: .permissive, before: .pid, text, to: &sink)
    if values.has(.comm) {
      values.put(.comm, as: Field("executable", .full, journal: "EXECUTABLE"), text, to: &sink)
    }
    values.write(from: .pid, text, to: &sink)
  }

  @inlinable
  package mutating func writeDetails<Sink: FieldSink & ~Copyable>(
    _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {
    values.writeOthers(text, to: &sink)
  }
}
