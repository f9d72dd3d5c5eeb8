internal import AuditRecord

/// The fields of an entry of the journal, or of a JSON object, that say what its message is and who sent it.
struct JournalEntry: Sendable {
  enum Transport {
    /// The journal received the message from the kernel's log, or from the audit socket. journald sets this, so no program can.
    case kernel, audit
    /// A program sent the message.
    case program
  }

  /// nil if the entry does not state it.
  var transport: Transport?
  var hasMessage = false
  var message: [UInt8] = []
  var host: [UInt8] = []
  /// A program that passes on the log of a container, or of other programs, has put its name here.
  var claim: UnreadLine?
  /// Whether the facility and the identifier, if there are any, are the kernel's.
  var isOfKernel = true
  /// The number of the record's type; 0 if it is not stated.
  var type: UInt16 = 0
  var serial: UInt64 = 0
  /// Milliseconds since 1970; the time of the record, and the time of the entry.
  var made: Int64 = 0
  var stored: Int64 = 0

  mutating func removeAll() {
    transport = nil
    hasMessage = false
    message.removeAll(keepingCapacity: true)
    host.removeAll(keepingCapacity: true)
    claim = nil
    isOfKernel = true
    (type, serial, made, stored) = (0, 0, 0, 0)
  }

  /// A field that is used.
  enum Field {
    case message, host, transport, type, serial, made, stored, facility, identifier, program, stream,
      container
  }

  private static let fields: [(StaticString, Field)] = [
    ("MESSAGE", .message), ("message", .message), ("log", .message), ("msg", .message),
    ("_HOSTNAME", .host), ("hostname", .host), ("host", .host), ("HOST", .host), ("node", .host),
    ("_TRANSPORT", .transport), ("_AUDIT_TYPE", .type), ("_AUDIT_ID", .serial),
    ("_SOURCE_REALTIME_TIMESTAMP", .made), ("__REALTIME_TIMESTAMP", .stored),
    ("SYSLOG_FACILITY", .facility), ("facility", .facility), ("SYSLOG_IDENTIFIER", .identifier),
    ("ident", .program), ("program", .program), ("PROGRAM", .program), ("programname", .program),
    ("appname", .program), ("app_name", .program), ("syslogtag", .program),
    ("stream", .stream), ("kubernetes", .container), ("kubernetes_namespace", .container),
    ("container_id", .container), ("container_name", .container), ("docker", .container),
    ("CONTAINER_ID", .container), ("CONTAINER_ID_FULL", .container),
  ]
  private static let maxLength = 26
  /// Longer than the name of any host.
  private static let maxHost = 255
  private static let byLength: [[(StaticString, Field)]] = (0...maxLength).map { length in
    fields.filter { $0.0.utf8CodeUnitCount == length }
  }

  /// The field called `name`; nil if it is not used.
  static func field(_ name: borrowing Span<UInt8>) -> Field? {
    guard name.count <= maxLength else { return nil }
    for (literal, field) in byLength[name.count] where name.hasLiteral(literal, at: 0) { return field }
    return nil
  }

  /// Keeps the value of a field.
  mutating func set(_ field: Field, _ value: borrowing Span<UInt8>) {
    switch field {
    case .message:
      guard !hasMessage else { return }
      hasMessage = true
      message.append(copying: value)
    case .host: if host.isEmpty, value.count <= Self.maxHost { host.append(copying: value) }
    case .transport:
      transport = value.isEqual(to: "kernel") ? .kernel : value.isEqual(to: "audit") ? .audit : .program
    case .type: type = UInt16(truncatingIfNeeded: Self.number(value))
    case .serial: serial = Self.number(value)
    case .made: made = Int64(clamping: Self.number(value) / 1000)
    case .stored: stored = Int64(clamping: Self.number(value) / 1000)
    case .facility: if !value.isEqual(to: "0"), !value.isEqual(to: "kern") { isOfKernel = false }
    case .identifier: if !value.isEqual(to: "kernel") { isOfKernel = false }
    case .program: setProgram(value)
    case .stream: if value.isEqual(to: "stdout") || value.isEqual(to: "stderr") { claim = .containerLog }
    case .container: claim = .containerLog
    }
  }

  private mutating func setProgram(_ name: borrowing Span<UInt8>) {
    guard !name.isEqual(to: "kernel"), !name.isEqual(to: "kernel:"), !name.hasLiteral("audi", at: 0),
      !name.hasLiteral("tag_audit", at: 0)
    else { return }
    claim = claim ?? .program
  }

  private static func number(_ text: borrowing Span<UInt8>) -> UInt64 {
    var position = 0
    return text.decimal(at: &position, digits: 1...19) ?? 0
  }
}

extension Span<UInt8> {
  /// Whether the bytes equal `literal`.
  func isEqual(to literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && hasLiteral(literal, at: 0)
  }
}

extension [UInt8] {
  /// Appends all bytes of a span.
  mutating func append(copying bytes: borrowing Span<UInt8>) {
    // The elements are copied before the call returns.
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
