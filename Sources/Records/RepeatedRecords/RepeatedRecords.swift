package import AuditRecord
internal import BasicContainers

/// The beginnings of SECCOMP records, one for each of many threads. Most records begin like an earlier one: only the stamp, and what follows
/// from the syscall on, differs, so that little of them has to be read.
///
/// The memory is fixed: threads with the same two slots replace each other.
package struct RepeatedRecords: ~Copyable {
  struct Entry {
    /// The number of bytes from the end of the stamp to ` syscall=`; 0 if the slot is free.
    var length = 0
    /// Its executable's range begins at the end of the stamp.
    var record = RepeatedRecord()
  }

  private static let bits = 12
  private static let maxLength = 256

  private var entries = UniqueArray<Entry>()
  private var texts = UniqueArray<UInt8>()
  private var replacesFirst = false

  /// The memory is used from the first record on.
  package init() {}

  /// Reads a record that begins like an earlier one and has the kernel's form; nil for any other, and for kills.
  package func read(_ text: borrowing Span<UInt8>) -> RepeatedRecord? {
    var start = 0
    guard !entries.isEmpty, let stamp = AuditStamp(text, at: &start),
      let slot = Self.slot(of: text, at: start)
    else { return nil }
    var found = slot
    if !isBeginning(found, of: text, at: start) {
      found ^= 1
      guard isBeginning(found, of: text, at: start) else { return nil }
    }
    var position = start + entries[found].length
    guard let (syscall, code) = text.syscallAndCode(at: &position) else { return nil }
    var record = entries[found].record
    record.stamp = stamp
    // The text between `audit(` and `):`.
    record.stampText = 6..<start - 2
    record.exe.range = record.exe.range.lowerBound + start..<record.exe.range.upperBound + start
    (record.syscall, record.code) = (syscall, code)
    return record
  }

  @inline(__always)
  private func isBeginning(_ slot: Int, of text: borrowing Span<UInt8>, at start: Int) -> Bool {
    let length = entries[slot].length
    let first = slot * Self.maxLength
    return length > 0 && text.hasBytes(of: texts.span, in: first..<first + length, at: start)
  }

  /// Keeps the beginning of a record that was read. `hash` is that of its executable.
  package mutating func remember(_ record: SeccompRecord, _ text: borrowing Span<UInt8>, hash: UInt64) {
    let start = record.stampText.upperBound + 2
    guard let first = Self.slot(of: text, at: start), let end = record.startOfSyscall(text),
      end - start <= Self.maxLength
    else { return }
    if entries.isEmpty {
      entries = UniqueArray(repeating: Entry(), count: 1 << Self.bits)
      texts = UniqueArray(repeating: 0, count: Self.maxLength << Self.bits)
    }
    // If both slots are in use, they are replaced in turn.
    let isFirst = entries[first].length == 0 || entries[first ^ 1].length > 0 && replacesFirst
    replacesFirst.toggle()
    let slot = isFirst ? first : first ^ 1
    var span = texts.mutableSpan
    for index in start..<end { span[slot * Self.maxLength + index - start] = text[index] }
    var kept = RepeatedRecord()
    (kept.pid, kept.arch, kept.hash, kept.exe) = (record.pid, record.arch, hash, record.exe)
    kept.exe.range = record.exe.range.lowerBound - start..<record.exe.range.upperBound - start
    kept.caller = record.caller(in: text)
    entries[slot] = Entry(length: end - start, record: kept)
  }

  /// Records of one thread have the same process and name: the bytes around the first quote, which is that of the name.
  @inline(__always)
  private static func slot(of text: borrowing Span<UInt8>, at start: Int) -> Int? {
    guard let quote = text.firstIndex(of: UInt8(ascii: "\""), in: start..<text.count),
      let process = text.word(at: quote - 16), let end = text.word(at: quote - 8),
      let name = text.word(at: quote)
    else { return nil }
    let hash = (process ^ name &* 0xc2b2_ae3d_27d4_eb4f) &* 0x9e37_79b9_7f4a_7c15 ^ end
    return Int((hash &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - bits))
  }
}

extension SeccompRecord {
  /// Where ` syscall=` begins in a record that was read; nil unless the needed fields before it are there, in the kernel's order, and the
  /// others, which follow it, are not.
  fileprivate func startOfSyscall(_ text: borrowing Span<UInt8>) -> Int? {
    var position = exe.range.upperBound
    if exe.encoding == .plain { position += 1 }
    if exe.encoding == .missing { position += "(null)".utf8.count }
    guard text.hasLiteral(" sig=", at: position),
      let afterSignal = text.firstIndex(of: UInt8(ascii: " "), in: position + 5..<text.count),
      text.hasLiteral(" arch=", at: afterSignal),
      let end = text.firstIndex(of: UInt8(ascii: " "), in: afterSignal + 6..<text.count),
      text.hasLiteral(" syscall=", at: end)
    else { return nil }
    // A record is read as a whole if it has any of these fields twice, and such a record is refused. So they are not before.
    var rest = end
    return text.syscallAndCode(at: &rest) == nil ? nil : end
  }
}

extension Span<UInt8> {
  /// Reads ` syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000` to the end of the text; nil for anything else, and for kills.
  @inline(__always)
  fileprivate func syscallAndCode(at position: inout Int) -> (syscall: Int64, code: UInt32)? {
    guard hasLongLiteral(" syscall=", at: position) else { return nil }
    position += 9
    guard let syscall = decimal(at: &position, digits: 1...9), hasLongLiteral(" compat=", at: position) else {
      return nil
    }
    position += 8
    guard decimal(at: &position, digits: 1...1) != nil, hasLiteral(" ip=0x", at: position) else { return nil }
    position += 6
    let digits = position
    while position < count, self[position].isHexDigit { position += 1 }
    guard 1...16 ~= position - digits, let action = action(at: position) else { return nil }
    return (Int64(syscall), action)
  }

  /// Reads ` code=0x7ffc0000` up to the end of the text.
  @inline(__always)
  private func action(at position: Int) -> UInt32? {
    // Almost all records have this action.
    if count == position + 16, hasLongLiteral(" code=0x7ffc0000", at: position) {
      return SeccompAction.log.rawValue
    }
    if count == position + 13, hasLongLiteral(" code=0x50000", at: position) {
      return SeccompAction.errno.rawValue
    }
    return nil
  }
}

extension UInt8 {
  /// A digit of the kernel's, which are in lower case.
  @inline(__always)
  fileprivate var isHexDigit: Bool { self &- 0x30 < 10 || self &- 0x61 < 6 }
}
