internal import CLinuxAudit
internal import Clibseccomp
internal import Glibc

/// Names for the machine (`arch=`) and the syscall of a record, kept in memory after the first lookup.
///
/// The names depend on the record's own `arch`, never on this machine's. A lookup returns a range of `names`, so that copying a name into
/// a line changes no reference count.
package struct SyscallTable: Sendable {
  /// The range of a name within `names`.
  package struct Name: Sendable {
    var offset: UInt32
    var length: UInt32

    /// The range of the name's bytes.
    package var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }
    /// Whether the lookup found a name.
    package var isKnown: Bool { length > 0 }
  }

  /// The bytes of all names, concatenated.
  package private(set) var names: [UInt8] = []

  private struct Column: Sendable {
    var token: UInt32
    var name: Name
    var firstSyscall: Int64
    /// The index of the column's first syscall in `syscalls`.
    var start: Int
  }

  private var columns: [Column] = []
  /// The syscalls of all columns, concatenated.
  private var syscalls: [Name] = []
  /// The index of the column that was looked up last. Most records are from one machine type.
  private var last = 0
  /// Syscalls whose numbers are far from the first one: ARM's private syscalls, MIPS's other tables. At most `maxFar` entries.
  private var far: [FarKey: Name] = [:]
  private struct FarKey: Hashable {
    var token: UInt32
    var number: Int64
  }

  /// Linux has about 470 syscalls per machine; this leaves space for the next years.
  private static let columnLength = 1024
  /// A limit, because a hostile process can invent any number.
  private static let maxFar = 4096

  private static let unknown = Name(offset: 0, length: 0)

  package init() {
    names.reserveCapacity(1 << 16)
  }

  /// Looks up the names of a record's machine and syscall. A name is unknown if neither libseccomp nor `NewerSyscalls` has it.
  package mutating func lookUp(_ number: Int64, arch: UInt32) -> (arch: Name, syscall: Name) {
    let isX32 =
      arch == linux_audit_arch_x86_64 && number >= 0 && number & Architecture.x32Bit != 0
    let token = isX32 ? Self.x32Token : arch
    guard last < columns.count && columns[last].token == token || findColumn(of: token) else {
      return (Self.unknown, Self.unknown)
    }
    let column = columns[last]
    let offset = number &- column.firstSyscall
    let syscall =
      offset >= 0 && offset < Int64(Self.columnLength)
      ? syscalls[column.start + Int(offset)] : lookUpFar(number, token: token)
    return (column.name, syscall)
  }

  /// The `arch=` of records of a machine, by libseccomp's name of it; nil if the name is not known. x32 has that of x86_64.
  package static func token(of architecture: String) -> UInt32? {
    if architecture == "x32" { return linux_audit_arch_x86_64 }
    return (Architecture.known + [Architecture.loongarch64].compactMap(\.self)).first {
      $0.name == architecture
    }?
    .token
  }

  /// Selects a machine's column as the last one used. Returns false if the machine is unknown.
  private mutating func findColumn(of token: UInt32) -> Bool {
    if let index = columns.firstIndex(where: { $0.token == token }) {
      last = index
      return true
    }
    guard
      let architecture = Architecture.known.first(where: { $0.token == token })
        ?? Architecture.loongarch64.flatMap({ $0.token == token ? $0 : nil })
    else { return false }
    fill(architecture)
    last = columns.count - 1
    return true
  }

  private static let x32Token =
    Architecture.known.first { $0.name == "x32" }?.token ?? UInt32.max

  private mutating func fill(_ architecture: Architecture) {
    let column = Column(
      token: architecture.token, name: add(architecture.name),
      firstSyscall: architecture.firstSyscall, start: syscalls.count)
    for number in 0..<Int64(Self.columnLength) {
      syscalls.append(name(of: number, on: architecture))
    }
    columns.append(column)
  }

  /// The name of a syscall number, relative to the machine's lowest one.
  private mutating func name(of number: Int64, on architecture: Architecture) -> Name {
    if !architecture.isOwn(number) {
      let name = resolve(architecture.firstSyscall + number, token: architecture.libseccompToken)
      if name.isKnown { return name }
    }
    return NewerSyscalls.name(of: number, on: architecture.name).map { add($0) } ?? Self.unknown
  }

  private mutating func lookUpFar(_ number: Int64, token: UInt32) -> Name {
    // libseccomp uses negative numbers for syscalls that a machine lacks; the kernel's -1 is not one of them.
    guard number >= 0 else { return Self.unknown }
    let key = FarKey(token: token, number: number)
    if let name = far[key] { return name }
    let name = resolve(number, token: token)
    // The few known names are always cached, because each further lookup would append the name again.
    if name.isKnown || far.count < Self.maxFar { far[key] = name }
    return name
  }

  private mutating func resolve(_ number: Int64, token: UInt32) -> Name {
    guard let number = Int32(exactly: number),
      // The result must be freed; it is null for an unknown number. See: man 3 seccomp_syscall_resolve_num_arch
      let text = unsafe seccomp_syscall_resolve_num_arch(token, number)
    else { return Self.unknown }
    defer { unsafe free(text) }
    return unsafe add(String(cString: text))
  }

  private mutating func add(_ text: String) -> Name {
    let name = Name(offset: UInt32(names.count), length: UInt32(text.utf8.count))
    names.append(contentsOf: text.utf8)
    return name
  }
}
