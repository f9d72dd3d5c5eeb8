internal import AuditRecord
internal import BasicContainers
internal import SyscallNames

/// Caches the fields of a syscall and its machine, ` syscallID=39 syscallName="getpid" arch="x86_64"`. They are rendered for the first
/// record that has them, and then copied.
struct SyscallTexts<Format: LineFormat & ~Copyable>: ~Copyable {
  private let level: Field.Level
  private var table = SyscallTable()
  private var texts = LineBuffer()
  /// The cached texts, indexed by the lowest bits of the syscall number. Two syscalls with the same index replace each other.
  private var entries = UniqueArray<SyscallTextEntry>(repeating: SyscallTextEntry(), count: Self.count)
  private static var count: Int { 512 }
  /// A limit, because a hostile process can invent any number. Beyond it, all texts are rendered again.
  private static var maxBytes: Int { 1 << 16 }

  init(level: Field.Level) { self.level = level }

  @inline(__always)
  mutating func append(_ syscall: Int64, arch: UInt32, to buffer: inout LineBuffer) {
    let index = Int(truncatingIfNeeded: syscall) & (Self.count - 1)
    let entry = entries[index]
    guard entry.syscall == syscall, entry.arch == arch, !entry.range.isEmpty else {
      return texts.append(make(syscall, arch, index), to: &buffer)
    }
    texts.append(entry.range, to: &buffer)
  }

  @inline(never)
  private mutating func make(_ syscall: Int64, _ arch: UInt32, _ index: Int) -> Range<Int> {
    if texts.count > Self.maxBytes {
      texts.removeAll()
      for index in entries.indices { entries[index] = SyscallTextEntry() }
    }
    let start = texts.count
    let names = table.lookUp(syscall, arch: arch)
    putKey(.syscallID)
    texts.append(decimal: syscall == SeccompRecord.anySyscall ? -1 : syscall)
    putKey(.syscallName)
    texts.append(UInt8(ascii: "\""))
    if names.syscall.isKnown {
      texts.append(table.names, names.syscall.range)
    } else if syscall != SeccompRecord.anySyscall {
      texts.append("unknown")
    }
    texts.append(UInt8(ascii: "\""))
    if level == .full {
      putKey(.arch)
      texts.append(UInt8(ascii: "\""))
      if names.arch.isKnown {
        texts.append(table.names, names.arch.range)
      } else {
        // libseccomp does not know the machine yet: use the kernel's token, as in the record.
        texts.append(hexadecimal: UInt64(arch))
      }
      texts.append(UInt8(ascii: "\""))
    }
    entries[index] = SyscallTextEntry(arch: arch, syscall: syscall, range: start..<texts.count)
    return start..<texts.count
  }

  private mutating func putKey(_ field: Field) {
    texts.append(Format.beforeKey, field.key, Format.afterKey)
  }
}

private struct SyscallTextEntry {
  var arch: UInt32 = 0
  var syscall: Int64 = 0
  /// Empty if no text is cached.
  var range = 0..<0
}
