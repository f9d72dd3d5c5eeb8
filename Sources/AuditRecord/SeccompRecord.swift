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

    var seen = Fields()
    var pid: Int32 = 0
    var comm = RecordText.missing
    var exe = RecordText.missing
    var signal: Int32 = 0
    var arch: UInt32 = 0
    var syscall: Int64 = 0
    var code: UInt32 = 0
    var enriched = false

    var scanner = FieldScanner(position: position)
    scan: while !enriched {
      switch try scanner.next(in: text) {
      case .end: break scan
      case .other: try scanner.skip(in: text)
      case .known(let key):
        switch key {
        case .pid:
          try seen.add(.pid)
          pid = try scanner.signed(in: text)
        case .comm:
          try seen.add(.comm)
          comm = try RecordText(text, at: &scanner.position)
        case .exe:
          try seen.add(.exe)
          exe = try RecordText(text, at: &scanner.position)
        case .sig:
          try seen.add(.signal)
          signal = try scanner.signed(in: text)
        case .arch:
          try seen.add(.arch)
          arch = UInt32(truncatingIfNeeded: try scanner.hexadecimal(in: text, most: 8))
        case .syscall:
          try seen.add(.syscall)
          syscall = try scanner.signed(in: text)
        case .code:
          try seen.add(.code)
          (code, enriched) = try Self.code(text, &scanner)
        case .auid:
          try seen.add(.auid)
          auid = try scanner.unsigned(in: text)
        case .uid:
          try seen.add(.uid)
          uid = try scanner.unsigned(in: text)
        case .gid:
          try seen.add(.gid)
          gid = try scanner.unsigned(in: text)
        case .ses:
          try seen.add(.session)
          session = try scanner.unsigned(in: text)
        case .subj:
          try seen.add(.subject)
          subject = scanner.subject(in: text)
        case .compat:
          try seen.add(.compat)
          compat = try scanner.unsigned(in: text)
        case .ip:
          try seen.add(.instructionPointer)
          try scanner.hexadecimalPrefix(in: text)
          instructionPointer = try scanner.hexadecimal(in: text, most: 16)
        }
      }
    }

    guard seen.isSuperset(of: .needed) else { throw .truncated }
    guard pid >= 0 else { throw .badNumber }
    self.pid = pid
    self.comm = comm
    self.exe = exe
    self.signal = signal
    self.arch = arch
    self.syscall = syscall
    self.code = code
  }

  /// The kernel masks an action's data off, so a code whose lower half is not empty was cut short.
  ///
  /// Shippers that drop the separator glue what ENRICHED appends to the last field, `code=0x7ffc0000AUID="unset"`: then the
  /// record ends there. The kernel writes its digits in lower case.
  @inline(__always)
  private static func code(
    _ text: borrowing Span<UInt8>, _ scanner: inout FieldScanner
  ) throws(MalformedRecord) -> (code: UInt32, enriched: Bool) {
    try scanner.hexadecimalPrefix(in: text)
    let number = try scanner.hexadecimal(in: text, most: 8) { (0x41...0x5a).contains($0) }
    let code = UInt32(truncatingIfNeeded: number)
    guard code & 0xffff == 0, SeccompAction(rawValue: code) != nil || !SeccompAction.isCutOff(code) else {
      throw .truncated
    }
    return (code, !scanner.isAtEnd(in: text))
  }
}

/// The fields that have been read: each stands in a record once.
private struct Fields: OptionSet {
  var rawValue: UInt16 = 0

  static let pid = Fields(rawValue: 1 << 0)
  static let comm = Fields(rawValue: 1 << 1)
  static let exe = Fields(rawValue: 1 << 2)
  static let signal = Fields(rawValue: 1 << 3)
  static let arch = Fields(rawValue: 1 << 4)
  static let syscall = Fields(rawValue: 1 << 5)
  static let code = Fields(rawValue: 1 << 6)
  static let needed: Fields = [.pid, .comm, .exe, .signal, .arch, .syscall, .code]
  static let auid = Fields(rawValue: 1 << 7)
  static let uid = Fields(rawValue: 1 << 8)
  static let gid = Fields(rawValue: 1 << 9)
  static let session = Fields(rawValue: 1 << 10)
  static let subject = Fields(rawValue: 1 << 11)
  static let compat = Fields(rawValue: 1 << 12)
  static let instructionPointer = Fields(rawValue: 1 << 13)

  @inline(__always)
  mutating func add(_ field: Fields) throws(MalformedRecord) {
    guard isDisjoint(with: field) else { throw .repeatedField }
    formUnion(field)
  }
}
