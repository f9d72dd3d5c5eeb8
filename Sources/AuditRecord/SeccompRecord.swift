/// One SECCOMP record (type 1326): a syscall that a seccomp filter logged, refused or killed for.
///
/// It holds numbers and places: texts stay in the bytes that it was read from, see `RecordText`.
public struct SeccompRecord: Sendable {
  public var stamp: AuditStamp
  /// Login user ID; 4294967295 if unset.
  public var auid: UInt32?
  /// User and group ID in the initial user namespace.
  public var uid: UInt32?
  public var gid: UInt32?
  /// Audit session ID; 4294967295 if unset.
  public var session: UInt32?
  /// Security context, as offsets into the record's text. AppArmor's begins with `=`.
  public var subject: Range<Int>?
  /// The thread group's ID in the initial PID namespace.
  public var pid: Int32
  /// The thread's name, at most 15 bytes.
  public var comm: RecordText
  /// The path as seen from inside the container. That of a deleted file ends in ` (deleted)`.
  public var exe: RecordText
  /// The signal sent to the process, 0 for none.
  public var signal: Int32
  /// An `AUDIT_ARCH_*` token: the machine and word size that the syscall was made for.
  public var arch: UInt32
  /// Signed: tracers can set -1. For x32 with bit 30 set.
  public var syscall: Int64
  /// 1 if made in a compatibility mode, such as i386 on x86_64.
  public var compat: UInt32?
  /// Instruction pointer.
  public var instructionPointer: UInt64?
  /// The filter's return value without its data. `action` names it.
  public var code: UInt32

  /// nil for an action that is newer than this program.
  public var action: SeccompAction? { SeccompAction(rawValue: code) }

  /// Reads the text `audit(...): auid=... code=0x...`, in any order of its fields, unknown ones passed over.
  ///
  /// Whatever stands behind the record in auditd's ENRICHED format is ignored.
  // See: audit_seccomp() in kernel/auditsc.c
  public init(parsing text: borrowing Span<UInt8>) throws(MalformedRecord) {
    var position = 0
    guard let stamp = AuditStamp(text, at: &position) else { throw .noStamp }
    self.stamp = stamp

    var pid: Int32?
    var comm: RecordText?
    var exe: RecordText?
    var signal: Int32?
    var arch: UInt32?
    var syscall: Int64?
    var code: UInt32?
    var enriched = false

    var scanner = FieldScanner(position: position)
    while !enriched, let field = try scanner.next(in: text) {
      let value = field.value
      switch FieldKey(rawValue: field.key) {
      case .pid: try Self.once(&pid, try Self.signed(text, value))
      case .comm: try Self.once(&comm, try RecordText(text, value: value))
      case .exe: try Self.once(&exe, try RecordText(text, value: value))
      case .sig: try Self.once(&signal, try Self.signed(text, value))
      case .arch: try Self.once(&arch, UInt32(try Self.hexadecimal(text, value, most: 8)))
      case .syscall: try Self.once(&syscall, try Self.signed(text, value))
      case .code:
        // Shippers that drop the separator glue what ENRICHED appends to the last field:
        // `code=0x7ffc0000AUID="unset"`. The kernel writes its digits in lower case.
        var end = value.lowerBound
        while end < value.upperBound, !(0x41...0x5a).contains(text[end]) { end += 1 }
        enriched = end < value.upperBound
        try Self.once(&code, try Self.code(text, value.lowerBound..<end))
      case .auid: try Self.once(&auid, try Self.unsigned(text, value))
      case .uid: try Self.once(&uid, try Self.unsigned(text, value))
      case .gid: try Self.once(&gid, try Self.unsigned(text, value))
      case .ses: try Self.once(&session, try Self.unsigned(text, value))
      case .subj: try Self.once(&subject, value)
      case .compat: try Self.once(&compat, try Self.unsigned(text, value))
      case .ip: try Self.once(&instructionPointer, try Self.prefixedHexadecimal(text, value, most: 16))
      case nil: break
      }
    }

    guard let pid, let comm, let exe, let signal, let arch, let syscall, let code else {
      throw .truncated
    }
    guard pid >= 0 else { throw .badNumber }
    self.pid = pid
    self.comm = comm
    self.exe = exe
    self.signal = signal
    self.arch = arch
    self.syscall = syscall
    self.code = code
  }
}

extension SeccompRecord {
  @inline(__always)
  private static func once<Value>(_ field: inout Value?, _ value: Value) throws(MalformedRecord) {
    guard field == nil else { throw .repeatedField }
    field = value
  }

  @inline(__always)
  private static func unsigned(
    _ text: borrowing Span<UInt8>, _ value: Range<Int>
  ) throws(MalformedRecord) -> UInt32 {
    var position = value.lowerBound
    guard let number = text.decimal(at: &position, digits: 1...10), position == value.upperBound,
      let number = UInt32(exactly: number)
    else { throw .badNumber }
    return number
  }

  @inline(__always)
  private static func signed<Number: FixedWidthInteger & SignedInteger>(
    _ text: borrowing Span<UInt8>, _ value: Range<Int>
  ) throws(MalformedRecord) -> Number {
    var position = value.lowerBound
    let negative = position < value.upperBound && text[position] == UInt8(ascii: "-")
    if negative { position += 1 }
    guard let magnitude = text.decimal(at: &position, digits: 1...19), position == value.upperBound,
      // Nineteen digits may exceed Int64, and the lowest Int64 has no positive twin.
      let number = negative ? Number(exactly: 0 &- Int128(magnitude)) : Number(exactly: magnitude)
    else { throw .badNumber }
    return number
  }

  @inline(__always)
  private static func hexadecimal(
    _ text: borrowing Span<UInt8>, _ value: Range<Int>, most: Int
  ) throws(MalformedRecord) -> UInt64 {
    guard !value.isEmpty, value.count <= most else { throw .badNumber }
    var number: UInt64 = 0
    for index in value {
      guard let digit = text[index].hexDigitValue else { throw .badNumber }
      number = number << 4 | UInt64(digit)
    }
    return number
  }

  @inline(__always)
  private static func prefixedHexadecimal(
    _ text: borrowing Span<UInt8>, _ value: Range<Int>, most: Int
  ) throws(MalformedRecord) -> UInt64 {
    guard text.hasLiteral("0x", at: value.lowerBound), value.count > 2 else { throw .badNumber }
    return try hexadecimal(text, value.lowerBound + 2..<value.upperBound, most: most)
  }

  /// The kernel masks an action's data off, so a code whose lower half is not empty was cut short.
  private static func code(
    _ text: borrowing Span<UInt8>, _ value: Range<Int>
  ) throws(MalformedRecord) -> UInt32 {
    let code = UInt32(try prefixedHexadecimal(text, value, most: 8))
    guard code & 0xffff == 0, !SeccompAction.isCutOff(code) else { throw .truncated }
    return code
  }
}
