package import AuditRecord

/// All values of a record, with copies of its texts, so that two records can be compared.
package struct RecordValues: Equatable {
  package var stamp: AuditStamp
  package var auid, uid, gid, session, compat: UInt32?
  package var subject: String?
  package var pid: Int32
  package var comm: [UInt8]?
  package var exe: [UInt8]?
  package var signal: Int32
  package var arch, code: UInt32
  package var syscall: Int64
  package var instructionPointer: UInt64?

  /// Parses a payload.
  package init(_ text: String) throws(MalformedRecord) { try self.init(Array(text.utf8)) }

  package init(_ bytes: [UInt8]) throws(MalformedRecord) {
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

  /// The lengths at which the start of a text is read, but not as the record of the whole text.
  package static func differing(
    inStartsOf whole: [UInt8], _ read: ([UInt8]) throws(MalformedRecord) -> RecordValues?
  ) throws(MalformedRecord) -> [Int] {
    let expected = try read(whole)
    return whole.indices.filter { length in
      guard let values = try? read(Array(whole[..<length])) else { return false }
      return values != expected
    }
  }
}
