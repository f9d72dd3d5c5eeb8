import SeccompProfiles
import Testing

@Suite struct ProfileLoaderTests {
  /// In the form of Docker's default profile.
  private static let profile = """
    {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,
     "archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},
                {"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]}],
     "syscalls":[
      {"names":["read"],"action":"SCMP_ACT_ALLOW"},
      {"names":["ptrace"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8"}},
      {"names":["mount","unshare"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
      {"names":["bpf"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN","CAP_BPF"]}},
      {"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"op":"SCMP_CMP_MASKED_EQ"}],
       "excludes":{"caps":["CAP_SYS_ADMIN"],"arches":["s390","s390x"]}},
      {"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"excludes":{"caps":["CAP_SYS_ADMIN"]}},
      {"names":["arch_prctl"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["amd64","x32"]}},
      {"names":["chroot"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_CHROOT"]}},
      {"names":["s390_runtime_instr"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["s390x"]}}]}
    """

  private func names(
    _ engine: ProfileLoader.Engine, kernel: String = "6.1", adding caps: [String] = []
  ) throws -> [String] {
    var loader = ProfileLoader(engine, kernel: try #require(KernelVersion(kernel)))
    loader.capabilities.formUnion(caps)
    return try readProfile(Self.profile).loaded(by: loader, file: "p").syscalls.flatMap(\.names)
  }

  private static let machine = ProfileArchitecture.native.name == "x86_64" ? ["arch_prctl"] : []

  @Test("containerd reads each rule, and no archMap")
  func containerd() throws {
    let all = try readProfile(Self.profile)
    #expect(try names(.containerd) == all.syscalls.flatMap(\.names))
    let loaded = try all.loaded(
      by: ProfileLoader(.containerd, kernel: #require(KernelVersion("6.1"))), file: "p")
    #expect(
      loaded.architectures == [] && loaded.archMap == []
        && loaded.syscalls.allSatisfy { $0.includes.isEmpty && $0.excludes.isEmpty })
    #expect(all.namesLeftOut(in: loaded) == [])
  }

  @Test("CRI-O and Docker read capabilities and machines, Docker also kernels")
  func others() throws {
    #expect(try names(.docker) == ["read", "ptrace", "clone", "clone3"] + Self.machine + ["chroot"])
    #expect(try names(.docker, kernel: "4.7.9") == ["read", "clone", "clone3"] + Self.machine + ["chroot"])
    #expect(try names(.docker, kernel: "4.8").contains("ptrace"))
    #expect(
      try names(.docker, adding: ["CAP_SYS_ADMIN"]) == ["read", "ptrace", "mount", "unshare"] + Self.machine
        + ["chroot"])
    #expect(try names(.docker, adding: ["CAP_SYS_ADMIN", "CAP_BPF"]).contains("bpf"))
    // It reads no kernel, and its containers may not change their root directory.
    #expect(try names(.crio, kernel: "4.7") == ["read", "ptrace", "clone", "clone3"] + Self.machine)
  }

  @Test("The machine's architectures are those of archMap; architectures beside it are refused")
  func architectures() throws {
    let loader = ProfileLoader(.docker, kernel: try #require(KernelVersion("6.1")))
    var profile = try readProfile(Self.profile)
    let names = try profile.loaded(by: loader, file: "p").architectures.map(\.name)
    #expect(
      names == (ProfileArchitecture.native.name == "x86_64" ? ["x86_64", "x86", "x32"] : ["aarch64", "arm"]))
    profile.architectures = [.native]
    #expect(
      throws: InvalidProfile(
        file: "p", reason: "it has 'architectures' and 'archMap', of which docker accepts one")
    ) { try profile.loaded(by: loader, file: "p") }
  }

  @Test("CRI-O knows errors by name, the others ignore them")
  func errors() throws {
    let profile = try readProfile(
      #"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"ENOSYS","syscalls":[{"names":["bpf"],"action":"SCMP_ACT_ERRNO","errno":"EACCES"}]}"#
    )
    for engine in ProfileLoader.Engine.allCases {
      let loaded = try profile.loaded(
        by: ProfileLoader(engine, kernel: #require(KernelVersion("6.1"))), file: "p")
      #expect(loaded.defaultErrnoRet == (engine == .crio ? 38 : nil) && loaded.defaultErrno == nil)
      #expect(loaded.syscalls[0].errnoRet == (engine == .crio ? 13 : nil) && loaded.syscalls[0].errno == nil)
    }
    var other = profile
    other.defaultErrno = "E\n"
    #expect(throws: InvalidProfile(file: "p", reason: #"the error 'E\n' is not known here: use 'errnoRet'"#))
    {
      try other.loaded(by: ProfileLoader(.crio, kernel: #require(KernelVersion("6.1"))), file: "p")
    }
  }

  @Test("Versions of kernels", arguments: [("6.1.0-28-amd64", 6, 1), ("4.8", 4, 8), ("5.10-rc1", 5, 10)])
  func kernels(_ text: String, _ major: Int, _ minor: Int) throws {
    let version = try #require(KernelVersion(text))
    #expect(version.major == major && version.minor == minor)
    for text in ["", "6", "a.b", "6.", "-1.2", ".1"] { #expect(KernelVersion(text) == nil) }
    #expect(try #require(KernelVersion("5.10")) > #require(KernelVersion("5.9")))
  }
}
