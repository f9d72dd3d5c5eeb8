/// An architecture by its name in profiles.
// See: SCMP_ARCH_* in seccomp.h of libseccomp 2.6
package struct ProfileArchitecture: Hashable, Sendable {
  /// libseccomp's name, such as `x86_64`, which is also that in lines.
  package let name: String

  /// All names of libseccomp 2.6.
  private static let known: Set<String> = [
    "x86", "x86_64", "x32", "arm", "aarch64", "loongarch64", "m68k", "mips", "mips64", "mips64n32",
    "mipsel", "mipsel64", "mipsel64n32", "parisc", "parisc64", "ppc", "ppc64", "ppc64le", "s390", "s390x",
    "riscv64", "sheb", "sh",
  ]

  private static let prefix = "SCMP_ARCH_"

  /// Finds an architecture by its name in lines; nil if there is none.
  package init?(name: String) {
    guard Self.known.contains(name) else { return nil }
    self.name = name
  }

  /// Finds an architecture by its name in profiles, such as `SCMP_ARCH_X86_64`.
  package init?(profileName: String) {
    guard profileName.hasPrefix(Self.prefix) else { return nil }
    let name = profileName.dropFirst(Self.prefix.count)
    guard name == name.uppercased() else { return nil }
    self.init(name: name.lowercased())
  }

  /// The name in profiles.
  package var profileName: String { Self.prefix + name.uppercased() }

  /// The architecture that this program was built for.
  package static var native: ProfileArchitecture {
    #if arch(x86_64)
      ProfileArchitecture(known: "x86_64")
    #elseif arch(arm64)
      ProfileArchitecture(known: "aarch64")
    #endif
  }

  private init(known name: String) { self.name = name }

  /// The names, this machine's first.
  package static func sorted(_ architectures: some Sequence<ProfileArchitecture>) -> [ProfileArchitecture] {
    architectures.sorted { ($0 == .native ? 0 : 1, $0.name) < ($1 == .native ? 0 : 1, $1.name) }
  }
}
