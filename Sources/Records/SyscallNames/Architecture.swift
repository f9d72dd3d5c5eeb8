internal import Clibseccomp

/// A machine that libseccomp knows the syscalls of.
struct Architecture: Sendable {
  /// libseccomp's token. It is the kernel's `AUDIT_ARCH_*` value, but for x32, which the kernel does not tell apart.
  let token: UInt32
  /// libseccomp's name, such as `x86_64`.
  let name: String
  /// The machine that libseccomp is asked for: this one, or another one with the same numbers.
  let libseccompToken: UInt32

  /// The names of seccomp_arch_resolve_name(3). Those that the installed library does not know are passed over.
  static let known: [Architecture] = [
    "x86_64", "aarch64", "x86", "x32", "arm", "loongarch64", "m68k", "mips", "mipsel", "mips64",
    "mipsel64", "mips64n32", "mipsel64n32", "parisc", "parisc64", "ppc", "ppc64", "ppc64le",
    "s390", "s390x", "riscv64", "sheb", "sh",
  ].compactMap { name in
    // The string lives as long as the call.
    let token = unsafe seccomp_arch_resolve_name(name)
    return token == 0 ? nil : Architecture(token: token, name: name, libseccompToken: token)
  }

  /// LoongArch, for a libseccomp before 2.6: its numbers are those of riscv64, but for the ones that each machine has of its own.
  // See: AUDIT_ARCH_LOONGARCH64 in linux/audit.h since Linux 5.19, arch/loongarch/include/uapi/asm/unistd.h
  static let loongarch64: Architecture? = {
    guard !known.contains(where: { $0.name == "loongarch64" }) else { return nil }
    let twin = known.first { $0.name == "riscv64" }
    return Architecture(
      token: 0xc000_0102, name: "loongarch64", libseccompToken: twin?.token ?? 0)
  }()

  /// Whether a number, counted from the lowest one, means something else on each machine with the same table.
  func isOwn(_ number: Int64) -> Bool { libseccompToken != token && (244..<260).contains(number) }

  /// On x32 this bit of a syscall's number is set.
  // See: __X32_SYSCALL_BIT in asm/unistd.h
  static let x32Bit: Int64 = 0x4000_0000

  /// The number of the syscall with the lowest number, from which tables are filled.
  // See: __NR_Linux in arch/mips/include/uapi/asm/unistd.h
  var firstSyscall: Int64 {
    switch name {
    case "x32": Self.x32Bit
    case "mips", "mipsel": 4000
    case "mips64", "mipsel64": 5000
    case "mips64n32", "mipsel64n32": 6000
    default: 0
    }
  }
}
