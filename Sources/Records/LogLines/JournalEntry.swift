internal import AuditRecord
internal import KernelMessages

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
  /// Two fields state different hosts, or one states a node in a way that is not known. Then the entry is not attributed to this machine.
  var hasOtherHost = false
  /// Whose the message is, if a field says that it is a program's or a container's.
  var claim: UnreadLine?
  /// Whether the facility and the identifier, if there are any, are the kernel's.
  var isOfKernel = true
  /// Whether a field names a program that passes on auditd's log.
  var isOfAuditd = false
  /// Whether there are fields that neither a shipper of the kernel's or auditd's log adds nor journald's transport vouches for.
  var hasOthers = false
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
    (hasOtherHost, isOfKernel, isOfAuditd, hasOthers) = (false, true, false, false)
    (type, serial, made, stored) = (0, 0, 0, 0)
  }

  /// Longer than the name of any host.
  private static let maxHost = 255

  /// Keeps the value of a field.
  mutating func set(_ field: Field, _ value: borrowing Span<UInt8>) {
    switch field {
    case .message:
      guard !hasMessage else { return }
      hasMessage = true
      message.append(copying: value)
    case .journalHost, .otherNode:
      hasOthers = true
      setHost(value)
    case .host: setHost(value)
    case .sender: if !Self.isLocal(value) { setHost(value) }
    case .transport:
      let stated: Transport =
        value.equals("kernel") ? .kernel : value.equals("audit") ? .audit : .program
      transport = transport == nil || transport == stated ? stated : .program
    case .type: (type, hasOthers) = (UInt16(truncatingIfNeeded: Self.number(value)), true)
    case .serial: (serial, hasOthers) = (Self.number(value), true)
    case .made: (made, hasOthers) = (Int64(clamping: Self.number(value) / 1000), true)
    case .stored: (stored, hasOthers) = (Int64(clamping: Self.number(value) / 1000), true)
    case .facility: if !value.equals("0"), !value.equals("kern") { isOfKernel = false }
    case .priority: if !Self.isPriorityOfKernel(value) { isOfKernel = false }
    case .identifier:
      if !value.equals("kernel") { isOfKernel = false }
      setProgram(value)
    case .program: setProgram(value)
    case .path: if !Self.isSystemLog(value) { claim = claim ?? .program }
    case .input:
      if !value.equals("log"), !value.equals("filestream") { claim = claim ?? .program }
    case .container: claim = .containerLog
    case .neutral: break
    case .other: hasOthers = true
    }
  }

  /// Keeps that a field is there whose value is no text.
  mutating func setOpaque(_ field: Field) {
    switch field {
    case .neutral, .message: break
    case .container: claim = .containerLog
    case .transport: transport = .program
    case _ where field.isNode: (hasOtherHost, hasOthers) = (true, true)
    default: hasOthers = true
    }
  }

  private mutating func setHost(_ name: borrowing Span<UInt8>) {
    guard !name.isEmpty else { return }
    guard name.count <= Self.maxHost else { return hasOtherHost = true }
    guard !host.isEmpty else { return host.append(copying: name) }
    if !Self.isSameHost(host.span, name) { hasOtherHost = true }
  }

  /// Whether names are equal, or one is the other without its domain.
  private static func isSameHost(_ one: borrowing Span<UInt8>, _ other: borrowing Span<UInt8>) -> Bool {
    let count = min(one.count, other.count)
    for index in 0..<count where one[index] != other[index] { return false }
    return (one.count == count || one[count] == UInt8(ascii: "."))
      && (other.count == count || other[count] == UInt8(ascii: "."))
  }

  private mutating func setProgram(_ name: borrowing Span<UInt8>) {
    let hasColon = name.count > 0 && name[name.count - 1] == UInt8(ascii: ":")
    let tag = 0..<(hasColon ? name.count - 1 : name.count)
    if DaemonPrefix.isAuditTag(name, tag) {
      isOfAuditd = true
    } else if !DaemonPrefix.isWord(name, tag, "kernel") {
      claim = claim ?? .program
    }
  }

  /// Whether a field that rsyslog has for the sender of a message is of this machine.
  private static func isLocal(_ value: borrowing Span<UInt8>) -> Bool {
    value.equals("127.0.0.1") || value.equals("::1") || value.equals("localhost")
  }

  /// Whether a priority is a severity only, or one with the kernel's facility.
  private static func isPriorityOfKernel(_ value: borrowing Span<UInt8>) -> Bool {
    if value.count == 1 { return value[0] &- 0x30 < 8 }
    return value.hasLiteral("kern.", at: 0)
      || DaemonPrefix.isWord(
        value, 0..<value.count, "emerg,alert,crit,err,error,warn,warning,notice,info,debug")
  }

  /// Whether a file is auditd's log, or one of the logs that have the kernel's messages.
  private static func isSystemLog(_ value: borrowing Span<UInt8>) -> Bool {
    if value.hasLiteral("/var/log/audit/", at: 0) { return true }
    guard value.hasLiteral("/var/log/", at: 0) else { return false }
    var end = 9
    while end < value.count, value[end] &- 0x61 < 26 { end += 1 }
    if value.hasLiteral("kern.log", at: 9) { end = 17 }
    guard DaemonPrefix.isWord(value, 9..<end, "kern.log,messages,syslog,dmesg") else { return false }
    // Rotated files have a number or a date behind the name.
    while end < value.count, value[end] &- 0x30 < 10 || value[end] == 0x2e || value[end] == 0x2d { end += 1 }
    return end == value.count
  }

  private static func number(_ text: borrowing Span<UInt8>) -> UInt64 {
    var position = 0
    return text.decimal(at: &position, digits: 1...19) ?? 0
  }
}
