internal import Clibseccomp

/// A machine whose syscalls libseccomp knows.
struct Architecture: Sendable {
  /// libseccomp's token. It equals the kernel's `AUDIT_ARCH_*` value, except for x32, which the kernel does not distinguish from x86_64.
  let token: UInt32
  /// libseccomp's name, such as `x86_64`.
  let name: String
  /// The token to query libseccomp with: this machine's, or that of another machine with the same syscall numbers.
  let libseccompToken: UInt32

  /// The names that seccomp_arch_resolve_name(3) accepts. Names that the installed library does not know are skipped.
  static let known: [Architecture] = [
    "x86_64", "aarch64", "x86", "x32", "arm", "loongarch64", "m68k", "mips", "mipsel", "mips64",
    "mipsel64", "mips64n32", "mipsel64n32", "parisc", "parisc64", "ppc", "ppc64", "ppc64le",
    "s390", "s390x", "riscv64", "sheb", "sh",
  ].compactMap { name in
    // The string lives until the call returns.
    let token = unsafe seccomp_arch_resolve_name(name)
    return token == 0 ? nil : Architecture(token: token, name: name, libseccompToken: token)
  }

  /// LoongArch, for libseccomp before 2.6: its syscall numbers equal those of riscv64, except for the machine-specific range.
  // See: AUDIT_ARCH_LOONGARCH64 in linux/audit.h since Linux 5.19, arch/loongarch/include/uapi/asm/unistd.h
  static let loongarch64: Architecture? = {
    guard !known.contains(where: { $0.name == "loongarch64" }) else { return nil }
    let twin = known.first { $0.name == "riscv64" }
    return Architecture(
      token: 0xc000_0102, name: "loongarch64", libseccompToken: twin?.token ?? 0)
  }()

  /// Whether a syscall number, relative to the lowest one, is in the machine-specific range, where machines with the same table differ.
  func isOwn(_ number: Int64) -> Bool { libseccompToken != token && (244..<260).contains(number) }

  /// The bit that is set in every x32 syscall number.
  // See: __X32_SYSCALL_BIT in asm/unistd.h
  static let x32Bit: Int64 = 0x4000_0000

  /// The lowest syscall number of the machine. Tables are filled from there.
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
