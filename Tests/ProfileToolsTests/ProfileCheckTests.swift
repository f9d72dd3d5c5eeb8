import ProfileCompiler
import ProfileTools
import SeccompProfiles
import Testing

@Suite struct ProfileCheckTests {
  private func check(_ texts: [String], allowing names: [String]) throws -> ProfileCheck {
    var profile = SeccompProfile(defaultAction: .errno)
    profile.architectures = [ProfileArchitecture(name: "x86_64")].compactMap(\.self)
    var personality = SeccompProfile.Rule(["personality"], .allow)
    personality.args = [SeccompProfile.Argument(index: 0, operation: .equal, value: 8)]
    profile.syscalls = [SeccompProfile.Rule(names, .allow), personality]
    var check = ProfileCheck(try CompiledProfile(profile, file: "p"), runtime: .crun)
    let inputs = try readInputs(texts)
    check.add(inputs.observations, by: .workload)
    for other in inputs.profiles { check.add(other) }
    return check
  }

  private static let lines =
    line("read", count: 7) + line("personality") + line("socket", count: 3) + line("socket", id: "c2")
    + line("statx", comm: "runc:[2:INIT]", count: 12) + line("fsopen", comm: "runc:[2:INIT]")
    + line("write", pod: "db")
    + #"{"namespace":"prod","pod":"db","container":"app","syscallID":20,"arch":"x86"}"# + "\n"
    + #"{"namespace":"prod","pod":"db","container":"app","syscallID":9999,"arch":"x86_64"}"# + "\n"

  @Test("The table has what is not allowed, by whom it is needed, and a sentence for each container")
  func table() throws {
    let check = try check([Self.lines], allowing: ["read", "write"])
    #expect(
      check.table() == """
        CONTAINER      ARCH     SYSCALL       RECORDS   BY        WOULD BE
        prod/db/app    x86      getpid        1         program   kill_thread
        prod/db/app    x86_64   9999          1         program   errno(EPERM)
        prod/web/app   x86_64   fsopen        1         runtime   errno(EPERM)
        prod/web/app   x86_64   personality   1         program   depends on arguments: allow, errno(EPERM)
        prod/web/app   x86_64   socket        4         program   errno(EPERM)
        prod/web/app   x86_64   statx         12        runtime   errno(EPERM)
        prod/db/app: 1 of 3 syscalls allowed, 2 blocked
        prod/web/app: 1 of 5 syscalls allowed, 1 by their arguments, 3 blocked; the runtime needs statx: the container would not start, or nothing could be executed in it
        """)
    #expect(check.blocked == 5)
  }

  @Test("If all is allowed there is only the sentence")
  func allowed() throws {
    let check = try check([line("read") + line("write")], allowing: ["read", "write"])
    #expect(check.table() == "prod/web/app: 2 of 2 syscalls allowed" && check.blocked == 0)
    #expect(
      check.json() == """
        [{"container":"prod/web/app","arch":"x86_64","syscall":"read","records":1,"by":"program","outcomes":["allow"]},\
        {"container":"prod/web/app","arch":"x86_64","syscall":"write","records":1,"by":"program","outcomes":["allow"]}]
        """)
  }

  @Test("What a start may need and its records lack is reported")
  func base() throws {
    let base = RuntimeBase.crun.syscalls.union(RuntimeBase.always)
    #expect(try check([], allowing: base.sorted()).missingBase == [])
    #expect(
      try check([], allowing: base.subtracting(["write", "exit"]).sorted()).missingBase == ["exit", "write"])
  }

  @Test("Another profile is checked name by name")
  func profiles() throws {
    let other =
      #"{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["read","close","a_call"],"action":"SCMP_ACT_ALLOW"}]}"#
    let check = try check([other], allowing: ["read"])
    #expect(check.rows.map(\.syscall) == ["close", "read"] && check.rows.map(\.isBlocked) == [true, false])
    #expect(check.table().contains("close     -         program   errno(EPERM)\n"))
  }

  @Test("What another profile allows with some arguments is compared, too")
  func argumentRules() throws {
    let other =
      #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ"}]}]}"#
    #expect(try check([other], allowing: ["read"]).rows.map(\.isBlocked) == [true])
    #expect(try check([other], allowing: ["clone"]).blocked == 0)
  }
}
