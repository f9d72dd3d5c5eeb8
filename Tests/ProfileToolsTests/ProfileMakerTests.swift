import ObservedSyscalls
import ProfileTools
import SeccompProfiles
import Testing

@Suite struct ProfileMakerTests {
  private func make(
    _ texts: [String], by grouping: RecordedContainer.Grouping = .workload, includesBlocked: Bool = false,
    _ change: (inout ProfileMaker) -> Void = { _ in }
  ) throws -> [ProfileMaker.Made] {
    var maker = ProfileMaker()
    change(&maker)
    let inputs = try readInputs(texts)
    maker.profiles += inputs.profiles
    return RecordedContainer.find(in: inputs.observations, by: grouping, includesBlocked: includesBlocked)
      .containers.map(maker.make)
  }

  private func names(_ made: ProfileMaker.Made?) -> Set<String> {
    Set(made?.draft.profile().syscalls.flatMap(\.names) ?? [])
  }

  @Test("A profile allows what was seen, and the runtime's base")
  func whole() throws {
    let made = try make([
      line("socket", seconds: 1_764_449_409) + line("openat", comm: "runc:[2:INIT]", seconds: 1_764_453_000)
        + line("bind", pod: "web-7d4b9c6f5-z2z9z", node: "n2", id: "c2")
    ])
    let profile = try #require(made.first).draft.profile()
    #expect(made.count == 1 && profile.syscalls.count == 2)
    #expect(
      profile.syscalls[0]
        == SeccompProfile.Rule(
          ["bind", "openat", "socket"], .allow,
          comment: "seen: prod/web/app, 2 instances on 2 nodes, 2025-11-29T20:50Z to 2025-11-29T21:50Z"))
    #expect(profile.syscalls[1].comment == "base: runc (not seen here)")
    #expect(
      names(made[0])
        == RuntimeBase.runc.syscalls.union(RuntimeBase.always).union(["bind", "openat", "socket"]))
    #expect(profile.architectures.map(\.name) == ["x86_64"] && profile.defaultAction == .errno)
    #expect(
      made[0].report
        == "prod/web/app: 45 syscalls (3 seen, 42 base runc), 2 instances on 2 nodes, no loss reported")
    #expect(made[0].container.doubt == nil)
  }

  @Test("The base is that of the runtime that was seen, or the one that was asked for")
  func bases() throws {
    #expect(try make([line("read")])[0].bases == [.runc])
    #expect(try make([line("read", comm: "crun")])[0].bases == [.crun])
    #expect(
      try make([line("read", comm: "crun") + line("read", comm: "runc:[1")])[0].bases == [.runc, .crun])
    let none = try make([line("read")]) { $0.base = .runtimes([]) }
    #expect(names(none[0]) == ["read"])
  }

  @Test("What only the runtime tried, and does without, is left out")
  func optional() throws {
    let runtime = line("fsopen", comm: "runc:[2:INIT]") + line("uname", comm: "runc:[2:INIT]")
    let made = try make([runtime + line("uname")])
    #expect(made[0].leftOut == ["fsopen"])
    #expect(names(made[0]).contains("uname") && !names(made[0]).contains("fsopen"))
    #expect(made[0].report.contains("; left out, used by the runtime alone: fsopen"))
  }

  @Test(
    "Blocked calls are added only if asked for",
    arguments: ["errno", "kill_process", "kill_thread", "trap", "trace"])
  func blocked(_ action: String) throws {
    let lines = line("ptrace", action: action) + line("read")
    let made = try make([lines])
    #expect(!names(made[0]).contains("ptrace"))
    #expect(made[0].report.contains("; blocked and not added: ptrace"))
    let all = try make([lines], includesBlocked: true)
    #expect(names(all[0]).contains("ptrace"))
    #expect(all[0].report.contains("; powerful: ptrace"))
  }

  @Test("Losses, suppressed and unresolved records on its nodes make a recording incomplete")
  func incomplete() throws {
    let made = try make([
      lossLine + line("read") + line("read", pod: "db", node: "n2")
        + #"{"type":"suppressed","node":"n1","namespace":"prod","pod":"web-7d4b9c6f5-x2x9z","container":"app","suppressed":8}"#
        + "\n" + #"{"type":"loss","node":"n1","count":1,"place":"connector"}"# + "\n"
        + #"{"type":"seccomp","node":"n1","syscallName":"read","attribution":"unresolved"}"# + "\n"
    ])
    #expect(made.map(\.container.name) == ["prod/db/app", "prod/web/app"])
    #expect(made[0].container.doubt == nil)
    let gaps = "69234 records lost (socket), 8 records suppressed, 1 record unresolved"
    #expect(made[1].container.doubt == "prod/web/app is incomplete: \(gaps)")
    #expect(made[1].report.contains("INCOMPLETE: \(gaps)"))
    #expect(
      made[1].draft.profile().syscalls[0].comment?.hasPrefix("INCOMPLETE: \(gaps). seen: prod/web/app")
        == true)
  }

  @Test("A number without a name is reported and not added")
  func unnamed() throws {
    let made = try make([
      #"{"pod":"web","syscallID":9999,"arch":"x86_64"}"# + "\n" + line("not-a-name", pod: "web")
    ])
    #expect(made[0].report.contains("; without a name, and not added: 9999 (x86_64)"))
    #expect(made[1].report.contains("; not the name of a syscall: not-a-name"))
    #expect(made[0].container.doubt?.contains("without a name: 9999 (x86_64)") == true)
    #expect(!names(made[1]).contains("not-a-name"))
  }

  @Test("Containers are grouped as asked for")
  func groups() throws {
    let lines =
      line("read") + line("read", pod: "web-7d4b9c6f5-z2z9z") + line("read", pod: "db", container: "sql")
    func groups(_ grouping: RecordedContainer.Grouping) throws -> [String] {
      try make([lines], by: grouping).map(\.container.name)
    }
    #expect(try groups(.workload) == ["prod/db/sql", "prod/web/app"])
    #expect(
      try groups(.pod) == [
        "prod/db/sql", "prod/web-7d4b9c6f5-x2x9z/app", "prod/web-7d4b9c6f5-z2z9z/app",
      ])
    #expect(try groups(.container) == ["prod/app", "prod/sql"])
    #expect(try groups(.namespace) == ["prod"])
  }

  /// Allows read, clone with an argument, and mount with a capability.
  private static let adopted =
    #"{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"},{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]},{"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}}]}"#
    + "\n"

  @Test("Other profiles give their rules, but none that depends on the node or on capabilities")
  func adoption() throws {
    let made = try make([Self.adopted, line("read") + line("openat2")]) {
      $0.base = .runtimes([])
      $0.excluded = ["write"]
    }
    #expect(names(made[0]) == ["read", "openat2", "clone"])
    #expect(made[0].draft.profile().syscalls.contains { $0.names == ["clone"] && !$0.args.isEmpty })
    #expect(made[0].new == ["openat2"] && made[0].conditional == ["mount"] && made[0].excluded == [])
    let union = { (change: (inout ProfileMaker) -> Void) throws -> ProfileMaker.Made in
      var maker = ProfileMaker()
      maker.profiles = try readInputs([Self.adopted]).profiles
      change(&maker)
      return maker.makeUnion()
    }
    #expect(try names(union { _ in }) == ["read", "clone"])
    #expect(try union { _ in }.report.hasPrefix("all profiles: 1 syscalls (1 from "))
    #expect(try union { _ in }.draft.profile().architectures.map(\.name) == ["x86"])
    let without = try union { $0.excluded = ["read"] }
    #expect(names(without) == ["clone"] && without.excluded == ["read"])
  }
}
