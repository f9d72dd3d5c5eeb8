/// One SECCOMP record (type 1326): a syscall that a seccomp filter logged, refused or killed for.
///
/// The record stores numbers and ranges; texts remain in the bytes that it was parsed from, see `RecordText`.
public struct SeccompRecord: Sendable {
  public var stamp: AuditStamp
  /// The range of the stamp's text, `1715847187.650:21196375`. It has only digits, a point and a colon, so it can be copied into a line.
  @usableFromInline package internal(set) var stampText: Range<Int>
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
  /// The path as seen from inside the container. The path of a deleted file ends in ` (deleted)`.
  public var exe: RecordText
  /// The signal sent to the process; 0 for none.
  public var signal: Int32
  /// An `AUDIT_ARCH_*` token: the machine and word size of the syscall.
  public var arch: UInt32
  /// The syscall's number. It is signed because tracers can set -1. x32 numbers have bit 30 set.
  public var syscall: Int64
  /// 1 if the syscall used a compatibility mode, such as i386 on x86_64.
  public var compat: UInt32?
  /// Instruction pointer.
  public var instructionPointer: UInt64?
  /// The filter's return value without its data. `action` names it.
  public var code: UInt32

  /// The filter's action; nil for an action that this version does not know.
  public var action: SeccompAction? { SeccompAction(rawValue: code) }
}

extension SeccompRecord: RecordKind {
  @inlinable package static var type: RecordType { .seccomp }
  @inlinable package static var name: StaticString { "seccomp" }
  @inlinable package static var kind: RecordKinds { .seccomp }
  @usableFromInline package var isWarning: Bool { action?.isKill == true }

  @usableFromInline
  package func tallyKey(_ text: borrowing Span<UInt8>) -> TallyKey? {
    TallyKey(arch: arch, syscall: syscall, action: code)
  }

  @inlinable
  package func caller(in text: borrowing Span<UInt8>) -> SyscallCaller {
    SyscallCaller(comm: text.extracting(comm.range))
  }

  /// Writes the fields, each of which is listed once.
  @inlinable
  package func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink) {
    sink.put(Field("executable", .basic, journal: "EXECUTABLE"), exe, in: text)
    sink.put(Field("pid", .basic, journal: "TARGET_PID"), Int64(pid))
    sink.put(syscall: syscall, arch: arch)
    // One check is enough: no field below is basic.
    guard sink.has(.full) else { return }
    if let action { sink.put(Field("action", .full, journal: "SECCOMP_ACTION"), word: action.name) }
    if signal != 0 { sink.put(Field("signal", .full), signal: signal) }
    if let uid { sink.put(Field("uid", .full, journal: "TARGET_UID"), Int64(uid)) }
    if let gid { sink.put(Field("gid", .full), Int64(gid)) }
    if comm.encoding != .missing { sink.put(Field("comm", .full), comm, in: text) }
  }

  @inlinable
  package func writeDetails<Sink: FieldSink & ~Copyable>(
    _ text: borrowing Span<UInt8>, to sink: inout Sink
  ) {
    sink.put(Field("code", .full), hexadecimal: UInt64(code))
    if let auid { sink.put(Field("auid", .full), Int64(auid)) }
    if let session { sink.put(Field("ses", .full), Int64(session)) }
    if let instructionPointer { sink.put(Field("ip", .full), hexadecimal: instructionPointer) }
    if let compat { sink.put(Field("compat", .full), Int64(compat)) }
    if let subject { sink.put(Field("subj", .full), bytes: text.extracting(subject)) }
  }
}
