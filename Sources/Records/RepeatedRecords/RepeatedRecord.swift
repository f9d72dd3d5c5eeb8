public import AuditRecord

/// What counting needs of a SECCOMP record that begins like an earlier one. Whatever else is asked of it is read from the text.
@usableFromInline
package struct RepeatedRecord: Sendable {
  @usableFromInline package var stamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
  @usableFromInline package var stampText = 0..<0
  @usableFromInline package var pid: Int32 = 0
  var caller = SyscallCaller.program
  var exe = RecordText.missing
  var arch: UInt32 = 0
  var syscall: Int64 = 0
  var code: UInt32 = 0
  /// The hash of the executable, as counting uses it.
  var hash: UInt64 = 0
  /// The slot in which a record of the same beginning and syscall was counted.
  @usableFromInline package var lastSlot: CountedSlot?
  /// The index of the beginning.
  var beginning = 0

  @usableFromInline package init() {}

  /// The whole record. It could be read when it came.
  private func whole(_ text: borrowing Span<UInt8>) -> SeccompRecord {
    var record = SeccompRecord()
    try? record.read(text)
    return record
  }
}

extension RepeatedRecord: RecordKind {
  @usableFromInline package static var type: RecordType { SeccompRecord.type }
  @usableFromInline package static var name: StaticString { SeccompRecord.name }
  @usableFromInline package static var kind: RecordKinds { SeccompRecord.kind }
  /// Kills are read as a whole.
  @usableFromInline package var isWarning: Bool { false }
  @usableFromInline package var standsAlone: Bool { false }

  @usableFromInline
  package mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord) {
    let record = try SeccompRecord(parsing: text)
    (stamp, stampText, pid, exe) = (record.stamp, record.stampText, record.pid, record.exe)
    (arch, syscall, code) = (record.arch, record.syscall, record.code)
    caller = record.caller(in: text)
  }

  @usableFromInline
  package func tallyKey(_ text: borrowing Span<UInt8>) -> TallyKey? {
    TallyKey(arch: arch, syscall: syscall, action: code)
  }

  @usableFromInline package func caller(in text: borrowing Span<UInt8>) -> SyscallCaller { caller }

  @usableFromInline
  package func countingKey(_ detail: KeyDetail, _ text: borrowing Span<UInt8>) -> CountingKey {
    var key = SeccompRecord.countingKey(detail, arch: arch, syscall: syscall, code: code, exe: exe)
    if detail == .all { key.hash = hash }
    return key
  }

  @usableFromInline
  package func inventedTexts(_ text: borrowing Span<UInt8>) -> TextRanges { SeccompRecord.inventedTexts(exe) }

  @usableFromInline
  package static func leastText(_ key: CountingKey, stamp: AuditStamp, pid: Int32) -> String {
    SeccompRecord.leastText(key, stamp: stamp, pid: pid)
  }

  @usableFromInline
  package func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink) {
    whole(text).write(text, to: &sink)
  }

  @usableFromInline
  package func writeDetails<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink) {
    whole(text).writeDetails(text, to: &sink)
  }
}
