import ProfileCompiler
import SeccompProfiles
import Testing

@Suite struct CompiledProfileTests {
  private func compile(
    _ rules: [SeccompProfile.Rule], _ action: SeccompProfile.Action = .errno,
    _ change: (inout SeccompProfile) -> Void = { _ in }
  ) throws(InvalidProfile) -> CompiledProfile {
    var profile = SeccompProfile(defaultAction: action)
    profile.syscalls = rules
    change(&profile)
    return try CompiledProfile(profile, file: "p")
  }

  @Test(
    "Profiles with each default action are compiled",
    arguments: SeccompProfile.Action.allCases.filter { $0 != .notify })
  func actions(_ action: SeccompProfile.Action) throws {
    #expect(try compile([SeccompProfile.Rule(["read", "write"], .killProcess)], action).program.count > 4)
    #expect(try compile([SeccompProfile.Rule(["read", "write"], action)], action).program.count > 1)
  }

  @Test("Names that libseccomp does not know are skipped and reported")
  func unknown() throws {
    let compiled = try compile([SeccompProfile.Rule(["read", "b_call", "a_call", "b_call"], .allow)])
    #expect(compiled.unknownNames == ["a_call", "b_call"])
  }

  @Test("Each comparison is compiled; two of one argument are rules of their own")
  func arguments() throws {
    for operation in SeccompProfile.Argument.Operation.allCases {
      var rule = SeccompProfile.Rule(["clone"], .allow)
      rule.args = [SeccompProfile.Argument(index: 5, operation: operation, value: 7, valueTwo: 1)]
      #expect(try compile([rule]).program.count > (try compile([])).program.count)
    }
    var rule = SeccompProfile.Rule(["clone"], .allow)
    rule.args = [2, 3].map { SeccompProfile.Argument(index: 0, operation: .equal, value: $0) }
    #expect(try compile([rule]).program.count > 5)
  }

  @Test("What runtimes or libseccomp refuse is an error")
  func refusals() {
    func rule(_ index: UInt32, _ number: UInt32) -> SeccompProfile.Rule {
      var rule = SeccompProfile.Rule(["clone"], .errno)
      rule.errnoRet = number
      rule.args = [SeccompProfile.Argument(index: index, operation: .equal, value: 0)]
      return rule
    }
    #expect(
      throws: InvalidProfile(
        file: "p", reason: "runtimes refuse it: arguments have the indices 0 to 5: clone")
    ) {
      try compile([rule(6, 2)])
    }
    // Two rules for the same arguments contradict each other.
    #expect(throws: InvalidProfile(file: "p", reason: "libseccomp refuses the rule for clone: File exists")) {
      try compile([rule(0, 2), rule(0, 3)])
    }
  }

  @Test("A filter that exceeds the kernel's limit is an error", arguments: [2200, 4500])
  func limit(_ count: Int) {
    // Each value needs instructions of its own.
    let rules = (0..<count).map { value in
      var rule = SeccompProfile.Rule(["mmap"], .allow)
      rule.args = [SeccompProfile.Argument(index: 0, operation: .equal, value: UInt64(value) << 32 | 1)]
      return rule
    }
    #expect(throws: InvalidProfile.self) { try compile(rules) }
    #expect(throws: Never.self) { try compile(Array(rules.prefix(500))) }
  }

  @Test("Architectures beside the native one make the filter larger")
  func architectures() throws {
    let rule = SeccompProfile.Rule(["read"], .allow)
    let native = try compile([rule]) { $0.architectures = [.native] }
    let both = try compile([rule]) {
      $0.architectures = [.native, ProfileArchitecture(name: "x86"), ProfileArchitecture(name: "arm")]
        .compactMap(\.self)
    }
    #expect(both.program.count > native.program.count)
  }
}
