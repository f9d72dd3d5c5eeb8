import AuditRecord

/// All values of a record, with copies of its texts, so that two records can be compared.
struct RecordValues: Equatable {
  var stamp: AuditStamp
  var auid, uid, gid, session, compat: UInt32?
  var subject: String?
  var pid: Int32
  var comm: [UInt8]?
  var exe: [UInt8]?
  var signal: Int32
  var arch, code: UInt32
  var syscall: Int64
  var instructionPointer: UInt64?

  /// Parses a payload.
  init(_ text: String) throws(MalformedRecord) { try self.init(Array(text.utf8)) }

  init(_ bytes: [UInt8]) throws(MalformedRecord) {
    let record = try SeccompRecord(parsing: bytes.span)
    stamp = record.stamp
    (auid, uid, gid, session) = (record.auid, record.uid, record.gid, record.session)
    compat = record.compat
    subject = record.subject.map { String(decoding: bytes[$0], as: UTF8.self) }
    pid = record.pid
    comm = Self.text(record.comm, bytes)
    exe = Self.text(record.exe, bytes)
    (signal, arch, code) = (record.signal, record.arch, record.code)
    syscall = record.syscall
    instructionPointer = record.instructionPointer
  }

  /// Parses a log line; nil if it is not a record.
  init?(line: [UInt8]) throws(MalformedRecord) {
    var reader = LogLineReader(types: [.seccomp])
    guard case .record(_, let place, _) = reader.read(line.span) else { return nil }
    try self.init(Array(line[place]))
  }

  private static func text(_ text: RecordText, _ bytes: [UInt8]) -> [UInt8]? {
    switch text.encoding {
    case .plain: return Array(bytes[text.range])
    case .missing: return nil
    case .hexadecimal:
      return stride(from: text.range.lowerBound, to: text.range.upperBound, by: 2).map {
        UInt8(String(decoding: bytes[$0..<$0 + 2], as: UTF8.self), radix: 16)!
      }
    }
  }
}
