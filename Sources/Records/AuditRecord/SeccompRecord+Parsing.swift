// Parsing of a record's text.
extension SeccompRecord {
  /// Parses a record's text into a new record, as `read` does.
  public init(parsing text: borrowing Span<UInt8>) throws(MalformedRecord) {
    self.init()
    try read(text)
  }

  /// Parses the text `audit(...): auid=... code=0x...`. The fields may have any order, and unknown ones are ignored.
  ///
  /// Everything that auditd's ENRICHED format appends to the record is ignored.
  // See: audit_seccomp() in kernel/auditsc.c
  @usableFromInline
  package mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord) {
    var position = 0
    guard let stamp = AuditStamp(text, at: &position) else { throw .noStamp }
    self.stamp = stamp
    // The text between `audit(` and `):`.
    stampText = 6..<position - 2

    var reader = FieldReader(position: position)
    // The kernel's order, which is the fast path. Fields in another order are read afterwards.
    try reader.readNext(.auid, in: text, to: &self)
    try reader.readNext(.uid, in: text, to: &self)
    try reader.readNext(.gid, in: text, to: &self)
    try reader.readNext(.ses, in: text, to: &self)
    try reader.readNext(.subj, in: text, to: &self)
    try reader.readNext(.pid, in: text, to: &self)
    try reader.readNext(.comm, in: text, to: &self)
    try reader.readNext(.exe, in: text, to: &self)
    try reader.readNext(.sig, in: text, to: &self)
    try reader.readNext(.arch, in: text, to: &self)
    try reader.readNext(.syscall, in: text, to: &self)
    try reader.readNext(.compat, in: text, to: &self)
    try reader.readNext(.ip, in: text, to: &self)
    try reader.readNext(.code, in: text, to: &self)
    try reader.readRest(in: text, to: &self)

    guard reader.seen.haveAllNeeded else { throw .truncated }
    guard pid >= 0 else { throw .badNumber }
  }

  /// Creates an empty record.
  @usableFromInline
  package init() {
    stamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
    stampText = 0..<0
    pid = 0
    comm = .missing
    exe = .missing
    signal = 0
    arch = 0
    syscall = 0
    code = 0
  }
}

/// The fields to read.
// See: audit_seccomp() and audit_log_task() in kernel/auditsc.c
enum SeccompField: UInt64 {
  case auid = 0x6175_6964
  case uid = 0x75_6964
  case gid = 0x67_6964
  case ses = 0x73_6573
  case subj = 0x7375_626a
  case pid = 0x70_6964
  case comm = 0x636f_6d6d
  case exe = 0x65_7865
  case sig = 0x73_6967
  case arch = 0x6172_6368
  case syscall = 0x0073_7973_6361_6c6c
  case compat = 0x636f_6d70_6174
  case ip = 0x6970
  case code = 0x636f_6465
}

/// Reads the fields of a record, each of which may occur once.
private struct FieldReader {
  var seen = SeenFields()
  private var scanner: FieldScanner<SeccompField>
  /// Whether ENRICHED fields follow the record.
  private var isEnriched = false

  @inline(__always)
  init(position: Int) { scanner = FieldScanner(position: position) }

  /// Reads a field if it is the next one. This takes few instructions if the key is a compile-time constant. That requires inlining of
  /// this function and of `readValue`, and `@inline(__always)` does not guarantee it.
  @inline(always)
  mutating func readNext(
    _ key: SeccompField, in text: borrowing Span<UInt8>, to record: inout SeccompRecord
  ) throws(MalformedRecord) {
    if scanner.next(is: key, in: text) { try readValue(of: key, in: text, to: &record) }
  }

  /// Reads all remaining fields.
  mutating func readRest(
    in text: borrowing Span<UInt8>, to record: inout SeccompRecord
  ) throws(MalformedRecord) {
    while !isEnriched {
      switch try scanner.next(in: text) {
      case .end: return
      case .other: try scanner.skip(in: text)
      case .known(let key): try readValue(of: key, in: text, to: &record)
      }
    }
  }

  @inline(always)
  private mutating func readValue(
    of key: SeccompField, in text: borrowing Span<UInt8>, to record: inout SeccompRecord
  ) throws(MalformedRecord) {
    try seen.add(key)
    switch key {
    case .auid: record.auid = try scanner.identifier(in: text)
    case .uid: record.uid = try scanner.unsigned(in: text)
    case .gid: record.gid = try scanner.unsigned(in: text)
    case .ses: record.session = try scanner.identifier(in: text)
    case .subj: record.subject = scanner.subject(in: text)
    case .pid: record.pid = try scanner.signed(in: text)
    case .comm: record.comm = try RecordText(text, at: &scanner.position)
    case .exe: record.exe = try RecordText(text, at: &scanner.position)
    case .sig: record.signal = try scanner.signed(in: text)
    case .arch: record.arch = UInt32(truncatingIfNeeded: try scanner.hexadecimal(in: text, maxCount: 8))
    case .syscall: record.syscall = try scanner.signed(in: text)
    case .compat: record.compat = try scanner.unsigned(in: text)
    case .ip:
      try scanner.hexadecimalPrefix(in: text)
      record.instructionPointer = try scanner.hexadecimal(in: text, maxCount: 16)
    case .code: record.code = try readCode(in: text)
    }
  }

  /// Reads `code=`. The kernel clears an action's data, so a code whose lower half is not zero was cut off.
  ///
  /// Log shippers that drop the separator join the ENRICHED fields to the last field, `code=0x7ffc0000AUID="unset"`. The record then ends
  /// at the first capital letter, because the kernel writes digits in lower case.
  @inline(__always)
  private mutating func readCode(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> UInt32 {
    try scanner.hexadecimalPrefix(in: text)
    let number = try scanner.hexadecimal(in: text, maxCount: 8) { (0x41...0x5a).contains($0) }
    let code = UInt32(truncatingIfNeeded: number)
    guard code & 0xffff == 0, SeccompAction(rawValue: code) != nil || !SeccompAction.isCutOff(code) else {
      throw .truncated
    }
    isEnriched = !scanner.isAtEnd(in: text)
    return code
  }
}

/// The fields that have been read, to detect repeated ones.
private struct SeenFields {
  private var bits: UInt16 = 0

  /// Whether all fields of a complete record have been read. Kernels before 3.16 write no arch, and some before them no exe. The code is
  /// the last field, so a record that was cut off has none.
  @inline(__always)
  var haveAllNeeded: Bool {
    let needed =
      Self.bit(.pid) | Self.bit(.comm) | Self.bit(.sig) | Self.bit(.syscall) | Self.bit(.code)
    return bits & needed == needed
  }

  @inline(__always)
  mutating func add(_ key: SeccompField) throws(MalformedRecord) {
    guard bits & Self.bit(key) == 0 else { throw .repeatedField }
    bits |= Self.bit(key)
  }

  @inline(__always)
  private static func bit(_ key: SeccompField) -> UInt16 {
    switch key {
    case .auid: 1 << 0
    case .uid: 1 << 1
    case .gid: 1 << 2
    case .ses: 1 << 3
    case .subj: 1 << 4
    case .pid: 1 << 5
    case .comm: 1 << 6
    case .exe: 1 << 7
    case .sig: 1 << 8
    case .arch: 1 << 9
    case .syscall: 1 << 10
    case .compat: 1 << 11
    case .ip: 1 << 12
    case .code: 1 << 13
    }
  }
}
