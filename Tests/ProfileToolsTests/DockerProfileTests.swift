import ProfileCompiler
import ProfileTools
import SeccompProfiles
import TestSupport
import Testing

/// A profile with all that Docker's default one has: `archMap`, conditions for capabilities, machines and kernels, comments, and rules that
/// contradict each other without their conditions. As a file for the kubelet it is another profile.
@Suite(.enabled(if: ProfileArchitecture.native.name == "x86_64")) struct DockerProfileTests {
  private static let file = "Tests/ProfileToolsTests/Fixtures/docker-form.json"

  /// What becomes of the calls in `lines`, by name; those of x86 with their architecture.
  private func outcomes(
    _ engine: ProfileLoader.Engine, kernel: String = "6.1", adding caps: Set<String> = []
  ) throws -> [String: String] {
    let names = [
      "read", "unshare", "mount", "ptrace", "clone", "clone3", "socket", "personality", "arch_prctl",
      "chroot",
    ]
    let lines =
      names.map { line($0) }.joined()
      + #"{"namespace":"prod","pod":"db","container":"app","syscallName":"getpid","arch":"x86"}"# + "\n"
    let inputs = try readInputs([lines, ProjectFile.text(of: Self.file)])
    let profile = try #require(inputs.profiles.first).profile
    var loader = ProfileLoader(engine, kernel: try #require(KernelVersion(kernel)))
    loader.capabilities.formUnion(caps)
    let compiled = try CompiledProfile(profile.loaded(by: loader, file: "d"), file: "d")
    var check = ProfileCheck(compiled, runtime: .crun)
    check.add(inputs.observations, by: .workload)
    return Dictionary(
      uniqueKeysWithValues: check.rows.map { row in
        (row.arch == "x86" ? "x86" : row.syscall, row.outcomes.map(\.name).joined(separator: " or "))
      })
  }

  @Test(
    "containerd reads neither conditions nor archMap: what only CAP_SYS_ADMIN may do, any container may, and 32-bit programs are killed"
  )
  func containerd() throws {
    #expect(
      try outcomes(.containerd) == [
        "read": "allow", "unshare": "allow", "mount": "allow", "ptrace": "allow", "clone": "allow",
        "clone3": "allow",
        "socket": "allow or errno(EPERM)", "personality": "allow or errno(EPERM)", "arch_prctl": "allow",
        "chroot": "allow", "x86": "kill_thread",
      ])
  }

  @Test("Docker reads all of it")
  func docker() throws {
    let usual = try outcomes(.docker)
    #expect(
      usual == [
        "read": "allow", "unshare": "errno(EPERM)", "mount": "errno(EPERM)", "ptrace": "allow",
        "clone": "allow or errno(EPERM)", "clone3": "errno(ENOSYS)",
        "socket": "allow or errno(EPERM)", "personality": "allow or errno(EPERM)", "arch_prctl": "allow",
        "chroot": "allow", "x86": "allow",
      ])
    let old = try outcomes(.docker, kernel: "4.4")
    #expect(old["ptrace"] == "errno(EPERM)" && old["read"] == "allow")
    let admin = try outcomes(.docker, adding: ["CAP_SYS_ADMIN"])
    #expect(["unshare", "mount", "clone", "clone3"].allSatisfy { admin[$0] == "allow" })
  }

  @Test("CRI-O reads all but the kernel's version, and gives no CAP_SYS_CHROOT")
  func crio() throws {
    let usual = try outcomes(.crio, kernel: "4.4")
    #expect(usual["ptrace"] == "allow" && usual["chroot"] == "errno(EPERM)" && usual["x86"] == "allow")
  }

  @Test("It is read and written without loss, comments included")
  func lossless() throws {
    let text = try ProjectFile.text(of: Self.file)
    let profile = try #require(try readInputs([text]).profiles.first).profile
    #expect(try readInputs([profile.json.pretty]).profiles.first?.profile == profile)
    #expect(profile.syscalls.compactMap(\.comment) == ["s390 parameter ordering for clone is different"])
  }
}
