internal import Clibseccomp
package import SeccompProfiles
internal import SyscallNames

extension CompiledProfile {
  /// A number that no syscall has, for calls whose number is not known. libseccomp's rules do not match it.
  private static let noNumber: UInt32 = 0x3fff_ffff

  /// What may become of a call with any arguments, in a container of a runtime. `number` is nil for a name that the installed libseccomp
  /// does not know.
  package func outcomes(of number: UInt32?, on arch: String, under runtime: RuntimeBase) -> [FilterOutcome] {
    // libseccomp's x32 has the token of x86_64 in the kernel, and a bit in its numbers.
    guard let token = SyscallTable.token(of: arch) else { return [] }
    let number = number ?? Self.noNumber
    if runtime == .runc, let last = lastNumbers[arch], number > last { return [.notImplemented] }
    return program.outcomes(of: FilterProgram.Call(arch: token, number: number)).map(FilterOutcome.init)
      .sorted()
  }

  /// The number of a syscall on a machine; nil if the installed libseccomp does not know it, or the machine does not have it.
  package static func number(of name: String, on arch: String) -> UInt32? {
    // The strings live until the calls return.
    let token = unsafe seccomp_arch_resolve_name(arch)
    guard token != 0 else { return nil }
    return UInt32(exactly: unsafe seccomp_syscall_resolve_name_arch(token, name))
  }

  /// The largest number that a profile names, for each of its architectures.
  ///
  /// runc answers greater numbers with ENOSYS, as a kernel does that does not have the call, unless the default action lets calls pass.
  // See: libcontainer/seccomp/patchbpf in runc
  static func lastNumbers(of profile: SeccompProfile) -> [String: UInt32] {
    guard !profile.defaultAction.permits, profile.defaultAction != .trace else { return [:] }
    var last: [String: UInt32] = [:]
    for arch in Set(profile.architectures + [.native]).map(\.name) {
      last[arch] = profile.syscalls.flatMap(\.names).compactMap { number(of: $0, on: arch) }.max()
    }
    return last
  }
}
