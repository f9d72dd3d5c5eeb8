// How records are counted together.
extension SeccompRecord {
  /// Each kill is an event of its own.
  @inlinable package var standsAlone: Bool {
    code == SeccompAction.killThread.rawValue || code == SeccompAction.killProcess.rawValue
  }

  /// The machine and action, whose lower half is 0, and the syscall; the executable, unless that is left out.
  @usableFromInline
  package func countingKey(_ detail: KeyDetail, _ text: borrowing Span<UInt8>) -> CountingKey {
    Self.countingKey(detail, arch: arch, syscall: syscall, code: code, exe: exe)
  }

  @inline(__always)
  package static func countingKey(
    _ detail: KeyDetail, arch: UInt32, syscall: Int64, code: UInt32, exe: RecordText
  ) -> CountingKey {
    let machine = UInt64(arch) << 32 | UInt64(code)
    switch detail {
    case .all:
      // The same characters can be plain text, and hexadecimal digits.
      let encoding: UInt64 = exe.encoding == .plain ? 0 : exe.encoding == .hexadecimal ? 1 : 2
      var key = CountingKey(machine | encoding, UInt64(bitPattern: syscall))
      key.texts.append(exe.range)
      return key
    case .merged: return CountingKey(machine, UInt64(bitPattern: syscall))
    case .least: return CountingKey(machine)
    }
  }

  @usableFromInline
  package func inventedTexts(_ text: borrowing Span<UInt8>) -> TextRanges { Self.inventedTexts(exe) }

  package static func inventedTexts(_ exe: RecordText) -> TextRanges {
    var texts = TextRanges()
    // `(null)` has no range.
    let isMissing = exe.encoding == .missing
    texts.append(isMissing ? exe.range.lowerBound..<exe.range.lowerBound + "(null)".utf8.count : exe.range)
    return texts
  }

  @usableFromInline
  package static func leastText(_ key: CountingKey, stamp: AuditStamp, pid: Int32) -> String {
    let arch = String(key.first >> 32, radix: 16)
    let code = String(key.first & 0xffff_0000, radix: 16)
    return
      "audit(\(stamp.text)): pid=\(pid) comm=\"*\" exe=\"*\" sig=0 arch=\(arch) syscall=-1 code=0x\(code)"
  }

  /// The syscall of records that are counted whatever their syscall is. No record can have it.
  package static var anySyscall: Int64 { .min }

  @usableFromInline
  package mutating func leaveOut(_ detail: KeyDetail) { if detail == .least { syscall = Self.anySyscall } }
}
