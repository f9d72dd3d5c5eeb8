internal import CLinuxAudit
internal import Clibseccomp
internal import Glibc

/// Names for the machine (`arch=`) and the syscall of a record, in memory once first used.
///
/// A record is named by its own `arch`, never by this machine's. Look-ups give places in `names`, so that copying a
/// name into a line touches no reference count.
public struct SyscallTable: Sendable {
  /// Text within `names`.
  public struct Name: Sendable {
    var offset: UInt32
    var length: UInt32

    /// The place of the name's bytes.
    public var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }
    /// Whether there is a name.
    public var isKnown: Bool { length > 0 }
  }

  /// The bytes of all names, one after the other.
  public private(set) var names: [UInt8] = []

  private struct Column: Sendable {
    var token: UInt32
    var name: Name
    var firstSyscall: Int64
    var syscalls: [Name]
  }

  private var columns: [Column] = []
  /// Numbers far from the first one: ARM's private syscalls, MIPS's other tables. Bounded by `farMost`.
  private var far: [FarKey: Name] = [:]
  private struct FarKey: Hashable {
    var token: UInt32
    var number: Int64
  }

  /// Linux has about 470 syscalls a machine; those of the next years fit, too.
  private static let columnLength = 1024
  /// A hostile process can make up as many numbers as it likes.
  private static let farMost = 4096

  private static let unknown = Name(offset: 0, length: 0)

  public init() {
    names.reserveCapacity(1 << 16)
  }

  /// The names of a record's machine and syscall. Either is not known if libseccomp knows it not.
  public mutating func look(up number: Int64, arch: UInt32) -> (arch: Name, syscall: Name) {
    let isX32 =
      arch == linux_audit_arch_x86_64 && number >= 0 && number & Architecture.x32Bit != 0
    let token = isX32 ? Self.x32Token : arch
    var index = columns.firstIndex { $0.token == token }
    if index == nil, let architecture = Architecture.known.first(where: { $0.token == token }) {
      fill(architecture)
      index = columns.count - 1
    }
    guard let index else { return (Self.unknown, Self.unknown) }

    let offset = number &- columns[index].firstSyscall
    let syscall =
      offset >= 0 && offset < Int64(Self.columnLength)
      ? columns[index].syscalls[Int(offset)] : lookUpFar(number, token: token)
    return (columns[index].name, syscall)
  }

  private static let x32Token =
    Architecture.known.first { $0.name == "x32" }?.token ?? UInt32.max

  private mutating func fill(_ architecture: Architecture) {
    var column = Column(
      token: architecture.token, name: add(architecture.name),
      firstSyscall: architecture.firstSyscall, syscalls: [])
    column.syscalls.reserveCapacity(Self.columnLength)
    for number in 0..<Int64(Self.columnLength) {
      column.syscalls.append(resolve(column.firstSyscall + number, token: column.token))
    }
    columns.append(column)
  }

  private mutating func lookUpFar(_ number: Int64, token: UInt32) -> Name {
    // libseccomp gives negative numbers to syscalls that a machine lacks; the kernel's -1 is none of them.
    guard number >= 0 else { return Self.unknown }
    let key = FarKey(token: token, number: number)
    if let name = far[key] { return name }
    let name = resolve(number, token: token)
    if far.count < Self.farMost { far[key] = name }
    return name
  }

  private mutating func resolve(_ number: Int64, token: UInt32) -> Name {
    guard let number = Int32(exactly: number),
      // Returns memory to be freed, or null for an unknown number. See: man 3 seccomp_syscall_resolve_num_arch
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
