internal import BasicContainers
internal import SyscallNames

/// What lines say of a syscall and its machine, ` syscallID=39 syscallName="getpid" arch="x86_64"`: made when a record first has
/// it, and copied from then on.
struct SyscallTexts: ~Copyable {
  private struct Entry {
    var arch: UInt32 = 0
    var syscall: Int64 = 0
    /// Empty if there is no text yet.
    var place = 0..<0
  }

  private let keys: LineKeys
  private let fields: RecordFormat.Fields
  private var texts = LineBuffer()
  /// By the syscall's last bits: two that share them push each other out.
  private var entries = UniqueArray<Entry>(repeating: Entry(), count: count)
  private static let count = 512
  /// A hostile process can make up as many numbers as it likes: beyond so many bytes all are made anew.
  private static let most = 1 << 16

  init(keys: LineKeys, fields: RecordFormat.Fields) {
    self.keys = keys
    self.fields = fields
  }

  @inline(__always)
  mutating func append(
    _ syscall: Int64, arch: UInt32, _ table: inout SyscallTable, to buffer: inout LineBuffer
  ) {
    let index = Int(truncatingIfNeeded: syscall) & (Self.count - 1)
    let entry = entries[index]
    guard entry.syscall == syscall, entry.arch == arch, !entry.place.isEmpty else {
      return texts.append(make(syscall, arch, index, &table), to: &buffer)
    }
    texts.append(entry.place, to: &buffer)
  }

  @inline(never)
  private mutating func make(_ syscall: Int64, _ arch: UInt32, _ index: Int, _ table: inout SyscallTable)
    -> Range<Int>
  {
    if texts.count > Self.most {
      texts.removeAll()
      for index in entries.indices { entries[index] = Entry() }
    }
    let start = texts.count
    let names = table.look(up: syscall, arch: arch)
    keys.put(.syscallID, syscall, to: &texts)
    keys.put(.syscallName, to: &texts) { text in
      if names.syscall.isKnown {
        text.append(table.names.span.extracting(names.syscall.range))
      } else {
        text.append("unknown")
      }
    }
    if fields == .full {
      keys.put(.arch, to: &texts) { text in
        if names.arch.isKnown {
          text.append(table.names.span.extracting(names.arch.range))
        } else {
          // Newer than the library: the kernel's token, as it stands in the record.
          text.append(hexadecimal: UInt64(arch))
        }
      }
    }
    entries[index] = Entry(arch: arch, syscall: syscall, place: start..<texts.count)
    return start..<texts.count
  }
}
