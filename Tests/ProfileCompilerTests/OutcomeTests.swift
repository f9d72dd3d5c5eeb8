import ProfileCompiler
import SeccompProfiles
import Testing

@Suite struct OutcomeTests {
  private func outcomes(
    _ name: String, on arch: String = ProfileArchitecture.native.name, under runtime: RuntimeBase = .runc,
    _ action: SeccompProfile.Action = .errno, allowing names: [String] = ["read", "openat2"]
  ) throws -> [String] {
    var profile = SeccompProfile(defaultAction: action)
    profile.architectures = [.native]
    profile.syscalls = [SeccompProfile.Rule(names, .allow)]
    let compiled = try CompiledProfile(profile, file: "p")
    return compiled.outcomes(of: CompiledProfile.number(of: name, on: arch), on: arch, under: runtime).map(
      \.name)
  }

  @Test("Calls are allowed, or get the default action", arguments: RuntimeBase.allCases)
  func simple(_ runtime: RuntimeBase) throws {
    #expect(try outcomes("read", under: runtime) == ["allow"])
    #expect(try outcomes("write", under: runtime) == ["errno(EPERM)"])
    #expect(try outcomes("write", under: runtime, .log) == ["log"])
    #expect(try outcomes("write", under: runtime, .killProcess) == ["kill_process"])
    #expect(try outcomes("write", under: runtime, .killThread) == ["kill_thread"])
    #expect(try outcomes("write", under: runtime, .trap) == ["trap"])
  }

  @Test("runc answers ENOSYS to numbers above the largest that the profile names; crun does not")
  func stub() throws {
    #expect(try outcomes("faccessat2") == ["errno(ENOSYS)"])
    #expect(try outcomes("faccessat2", .killProcess) == ["errno(ENOSYS)"])
    #expect(try outcomes("faccessat2", .log) == ["log"])
    #expect(try outcomes("faccessat2", under: .crun) == ["errno(EPERM)"])
    #expect(try outcomes("faccessat2", allowing: ["process_madvise"]) == ["errno(EPERM)"])
    #expect(try outcomes("a_call") == ["errno(ENOSYS)"])
    #expect(try outcomes("a_call", under: .crun) == ["errno(EPERM)"])
  }

  @Test("Calls of an architecture that the profile does not have are killed, whatever the default action is")
  func architectures() throws {
    let other = ProfileArchitecture.native.name == "x86_64" ? "x86" : "x86_64"
    for action in [SeccompProfile.Action.errno, .log, .allow] {
      #expect(try outcomes("read", on: other, action) == ["kill_thread"])
    }
    #expect(try outcomes("read", on: "vax") == [])
  }

  @Test("Of two rules the first unconditional one holds, as libseccomp has it")
  func conflicts() throws {
    var profile = SeccompProfile(defaultAction: .errno)
    var kill = SeccompProfile.Rule(["getpgid"], .killProcess)
    kill.args = [SeccompProfile.Argument(index: 1, operation: .equal, value: 5)]
    profile.syscalls = [kill, SeccompProfile.Rule(["getpgid"], .allow)]
    let arch = ProfileArchitecture.native.name
    let compiled = try CompiledProfile(profile, file: "p")
    let number = CompiledProfile.number(of: "getpgid", on: arch)
    #expect(compiled.outcomes(of: number, on: arch, under: .crun).map(\.name) == ["allow"])
    profile.syscalls = [kill]
    let alone = try CompiledProfile(profile, file: "p").outcomes(of: number, on: arch, under: .crun)
    #expect(Set(alone.map(\.name)) == ["kill_process", "errno(EPERM)"])
    #expect(alone.filter(\.permits).isEmpty)
  }

  @Test("What a person should know is reported, and what runtimes refuse is an error")
  func remarks() throws {
    var profile = SeccompProfile(defaultAction: .log)
    profile.syscalls = [SeccompProfile.Rule(["a_call"], .allow)]
    #expect(
      try CompiledProfile(profile, file: "p").remarks(on: profile, loaded: profile) == [
        "skipped, for libseccomp here does not know them: a_call", "SCMP_ACT_LOG as default blocks nothing",
        "it names no architecture: calls of other ones than this machine's are killed",
      ])
    profile.defaultErrnoRet = 1
    #expect(throws: InvalidProfile.self) { try CompiledProfile(profile, file: "p") }
  }
}
