import CFilteredCalls
import Clibseccomp
import ProfileCompiler
import SeccompProfiles
import TestSupport
import Testing

@Suite struct FilterProgramTests {
  private static let allow: UInt32 = 0x7fff_0000
  private static let errno: UInt32 = 0x0005_0000
  private static let arch = seccomp_arch_native()

  private static func number(_ name: String) -> UInt32 { UInt32(unsafe seccomp_syscall_resolve_name(name)) }

  private func program(_ rules: [SeccompProfile.Rule], _ action: SeccompProfile.Action) throws
    -> FilterProgram
  {
    var profile = SeccompProfile(defaultAction: action)
    profile.syscalls = rules
    return try CompiledProfile(profile, file: "p").program
  }

  @Test("What depends on arguments has all its outcomes; other architectures are killed")
  func unknownArguments() throws {
    var personality = SeccompProfile.Rule(["personality"], .allow)
    personality.args = [SeccompProfile.Argument(index: 0, operation: .equal, value: 8)]
    let program = try program([personality, SeccompProfile.Rule(["read"], .allow)], .errno)
    func outcomes(_ name: String, arch: UInt32 = Self.arch, _ arguments: [UInt64]? = nil) -> Set<UInt32> {
      program.outcomes(of: FilterProgram.Call(arch: arch, number: Self.number(name), arguments: arguments))
    }
    #expect(outcomes("read") == [Self.allow])
    #expect(outcomes("personality") == [Self.allow, Self.errno | 1])
    #expect(outcomes("personality", [8, 0, 0, 0, 0, 0]) == [Self.allow])
    #expect(outcomes("lseek") == [Self.errno | 1])
    #expect(outcomes("read", arch: 0x4000_0003) == [0])
  }

  @Test("Programs that the kernel would not accept are refused")
  func refusals() {
    let allow: [UInt8] = [0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]
    let others: [[UInt8]] = [
      [], [0x06], Array(allow.dropLast()), [0x20, 0, 0, 0, 64, 0, 0, 0] + allow, [0x20, 0, 0, 0, 0, 0, 0, 0],
      [0x15, 0, 1, 0, 0, 0, 0, 0] + allow, [0x05, 0, 0, 0, 1, 0, 0, 0] + allow,
      [0xff, 0, 0, 0, 0, 0, 0, 0] + allow,
    ]
    for bytes in others { #expect(FilterProgram(bytes.span) == nil) }
    #expect(FilterProgram(allow.span)?.count == 1)
  }

  @Test("The kernel does what is predicted, in 10,000 calls under 500 random profiles")
  func kernel() throws {
    var random = SeededGenerator(seed: 25)
    // These ignore their arguments, and cannot fail.
    let names = ["getppid", "getuid", "getgid"]
    var (profiles, refused) = (0, 0)
    while profiles < 500 {
      let rules = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        var rule = SeccompProfile.Rule([names.randomElement(using: &random)!], .errno)
        rule.errnoRet = .random(in: 1000...1010, using: &random)
        rule.args = (0..<Int.random(in: 0...2, using: &random)).map { _ in
          SeccompProfile.Argument(
            index: .random(in: 0...5, using: &random), operation: .allCases.randomElement(using: &random)!,
            value: Self.argument(&random), valueTwo: Self.argument(&random))
        }
        return rule
      }
      // libseccomp refuses rules that contradict each other.
      guard let program = try? program(rules, .allow) else { continue }
      profiles += 1
      var calls = (0..<20).map { _ in
        var call = filtered_call()
        call.number = Self.number(names.randomElement(using: &random)!)
        call.arguments = (
          Self.argument(&random), Self.argument(&random), Self.argument(&random), Self.argument(&random),
          Self.argument(&random), Self.argument(&random)
        )
        return call
      }
      let failed = unsafe filtered_calls_make(program.bytes, UInt16(program.count), &calls, calls.count)
      try #require(failed == 0)
      for call in calls {
        let a = call.arguments
        let outcomes = program.outcomes(
          of: FilterProgram.Call(
            arch: Self.arch, number: call.number, arguments: [a.0, a.1, a.2, a.3, a.4, a.5]))
        let seen = call.error == 0 ? Self.allow : Self.errno | UInt32(call.error)
        #expect(outcomes == [seen])
        #expect(program.outcomes(of: FilterProgram.Call(arch: Self.arch, number: call.number)).contains(seen))
        if call.error != 0 { refused += 1 }
      }
    }
    #expect(refused > 1000 && refused < 9000)
  }

  /// Few values, so that comparisons are often equal.
  private static func argument(_ random: inout SeededGenerator) -> UInt64 {
    let values: [UInt64] = [0, 1, 2, 3, 0x7fff_ffff, 0xffff_ffff, 1 << 32, 1 << 32 + 1, .max]
    return values.randomElement(using: &random)!
  }
}
