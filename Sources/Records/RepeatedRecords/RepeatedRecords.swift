package import AuditRecord
internal import BasicContainers

/// The beginnings of SECCOMP records, one for each of many threads. Most records begin like an earlier one: only the stamp, and what follows
/// from the syscall on, differs, so that little of them has to be read.
///
/// The memory is fixed: threads with the same two slots replace each other.
package struct RepeatedRecords: ~Copyable {
  /// What the beginning says. Its executable's range begins at the end of the stamp.
  struct Beginning {
    /// The number of bytes from the end of the stamp to ` syscall=`.
    var length: UInt16 = 0
    var exeStart: UInt16 = 0
    var exeLength: UInt16 = 0
    var encoding = RecordText.Encoding.plain
    var caller = SyscallCaller.program
    var pid: Int32 = 0
    var arch: UInt32 = 0
    var hash: UInt64 = 0
  }

  private static let bits = 12
  private static let maxLength = 256
  /// For each beginning, so many syscalls have the slot in which a record was counted.
  private static let slotsOfEach = 64

  /// For each beginning a part of its hash; 0 if there is none.
  private var tags = UniqueArray<UInt32>()
  private var beginnings = UniqueArray<Beginning>()
  private var texts = UniqueArray<UInt8>()
  private var slots = UniqueArray<SyscallSlot>()
  private var replacesFirst = false

  /// The memory is used from the first record on.
  package init() {}

  /// Reads a record that begins like an earlier one and has the kernel's form. Returns false for any other, and for kills.
  package func read(_ text: borrowing Span<UInt8>, to record: inout RepeatedRecord) -> Bool {
    var start = 0
    guard !tags.isEmpty, let stamp = AuditStamp(text, at: &start), let hash = Self.hash(of: text, at: start)
    else { return false }
    var found = Int(hash >> UInt64(64 - Self.bits))
    let tag = Self.tag(hash)
    if tags[found] != tag || !isBeginning(found, of: text, at: start) {
      found ^= 1
      guard tags[found] == tag, isBeginning(found, of: text, at: start) else { return false }
    }
    var position = start + Int(beginnings[found].length)
    guard let (syscall, code) = text.syscallAndCode(at: &position) else { return false }
    record.stamp = stamp
    // The text between `audit(` and `):`.
    record.stampText = 6..<start - 2
    let exe = start + Int(beginnings[found].exeStart)
    record.exe = RecordText(
      encoding: beginnings[found].encoding, range: exe..<exe + Int(beginnings[found].exeLength))
    record.caller = beginnings[found].caller
    record.pid = beginnings[found].pid
    record.arch = beginnings[found].arch
    record.hash = beginnings[found].hash
    (record.syscall, record.code, record.beginning) = (syscall, code, found)
    record.lastSlot =
      code == SeccompAction.log.rawValue ? slots[Self.slotIndex(found, syscall)].counted(for: syscall) : nil
    return true
  }

  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 16) | 1 }

  /// The factor keeps apart the calls that are most frequent on x86-64, such as `write` (1) and `openat` (257).
  @inline(__always)
  private static func slotIndex(_ beginning: Int, _ syscall: Int64) -> Int {
    let number = Int(truncatingIfNeeded: syscall)
    return beginning * slotsOfEach + (number &+ (number >> 6) &* 57) & (slotsOfEach - 1)
  }

  @inline(__always)
  private func isBeginning(_ index: Int, of text: borrowing Span<UInt8>, at start: Int) -> Bool {
    let first = index * Self.maxLength
    return text.hasBytes(of: texts.span, in: first..<first + Int(beginnings[index].length), at: start)
  }

  /// Notes where a record was counted.
  package mutating func note(_ counted: CountedSlot, of record: RepeatedRecord) {
    guard record.code == SeccompAction.log.rawValue, let slot = SyscallSlot(counted, of: record.syscall)
    else { return }
    slots[Self.slotIndex(record.beginning, record.syscall)] = slot
  }

  /// Keeps the beginning of a record that was read. `hash` is that of its executable.
  package mutating func remember(_ record: SeccompRecord, _ text: borrowing Span<UInt8>, hash: UInt64) {
    let start = record.stampText.upperBound + 2
    guard let textHash = Self.hash(of: text, at: start), let end = record.startOfSyscall(text),
      end - start <= Self.maxLength
    else { return }
    if tags.isEmpty {
      tags = UniqueArray(repeating: 0, count: 1 << Self.bits)
      beginnings = UniqueArray(repeating: Beginning(), count: 1 << Self.bits)
      texts = UniqueArray(repeating: 0, count: Self.maxLength << Self.bits)
      slots = UniqueArray(repeating: SyscallSlot(), count: Self.slotsOfEach << Self.bits)
    }
    // If both are in use, they are replaced in turn.
    let first = Int(textHash >> UInt64(64 - Self.bits))
    let isFirst = tags[first] == 0 || tags[first ^ 1] != 0 && replacesFirst
    replacesFirst.toggle()
    let index = isFirst ? first : first ^ 1
    tags[index] = Self.tag(textHash)
    var span = texts.mutableSpan
    for position in start..<end { span[index * Self.maxLength + position - start] = text[position] }
    beginnings[index] = Beginning(
      length: UInt16(end - start), exeStart: UInt16(record.exe.range.lowerBound - start),
      exeLength: UInt16(record.exe.range.count), encoding: record.exe.encoding,
      caller: record.caller(in: text),
      pid: record.pid, arch: record.arch, hash: hash)
    for slot in index * Self.slotsOfEach..<(index + 1) * Self.slotsOfEach { slots[slot] = SyscallSlot() }
  }

  /// Records of one thread have the same process and name: the bytes around the first quote, which is that of the name.
  @inline(__always)
  private static func hash(of text: borrowing Span<UInt8>, at start: Int) -> UInt64? {
    guard let quote = text.firstIndex(of: UInt8(ascii: "\""), in: start..<text.count),
      let process = text.word(at: quote - 16), let end = text.word(at: quote - 8),
      let name = text.word(at: quote)
    else { return nil }
    let hash = (process ^ name &* 0xc2b2_ae3d_27d4_eb4f) &* 0x9e37_79b9_7f4a_7c15 ^ end
    return hash &* 0x9e37_79b9_7f4a_7c15
  }
}

/// Where records of a beginning and a syscall were counted, as one number: syscall (12 bits), slot (14), detail (2), interval (8), key (24).
struct SyscallSlot {
  private var bits = UInt64.max

  init() {}

  /// Nil for a syscall of a higher number than Linux has.
  init?(_ counted: CountedSlot, of syscall: Int64) {
    guard 0..<4095 ~= syscall, 0..<1 << 14 ~= counted.slot else { return nil }
    bits =
      UInt64(syscall) << 48 | UInt64(counted.slot) << 34 | UInt64(counted.detail.rawValue) << 32
      | UInt64(counted.interval) << 24 | UInt64(counted.key & 0xff_ffff)
  }

  @inline(__always)
  func counted(for syscall: Int64) -> CountedSlot? {
    guard bits >> 48 == UInt64(bitPattern: syscall), let detail = KeyDetail(rawValue: UInt8(bits >> 32 & 3))
    else {
      return nil
    }
    return CountedSlot(
      slot: Int(bits >> 34 & 0x3fff), detail: detail, key: UInt32(bits & 0xff_ffff),
      interval: UInt8(bits >> 24 & 0xff))
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
    while let word = word(at: position) {
      let length = word.leadingHexDigits
      position += length
      if length < 8 { break }
    }
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

extension UInt64 {
  /// The number of leading bytes that are hexadecimal digits in lower case, in parallel lanes.
  @inline(__always)
  fileprivate var leadingHexDigits: Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // The highest bit of each byte says whether the byte is at least 0, above 9, at least a, or above f.
    let low = self & (ones &* 0x7f)
    let digit = (low &+ ones &* (0x80 - 0x30)) & ~(low &+ ones &* (0x80 - 0x3a))
    let letter = (low &+ ones &* (0x80 - 0x61)) & ~(low &+ ones &* (0x80 - 0x67))
    return (~((digit | letter) & ~self) & (ones &* 0x80)).leadingZeroBitCount / 8
  }
}
