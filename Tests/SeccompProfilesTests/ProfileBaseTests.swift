import SeccompProfiles
import Testing

/// SeccompProfiles whose calls are added to others.
@Suite struct ProfileBaseTests {
  private func resource(_ name: String, base: String? = nil, namespace: String? = nil, _ rules: String)
    -> String
  {
    """
    kind: SeccompProfile
    metadata: {name: \(name)\(namespace.map { ", namespace: \($0)" } ?? "")}
    spec: {defaultAction: SCMP_ACT_ERRNO, \(base.map { "baseProfileName: '\($0)', " } ?? "")syscalls: [\(rules)]}

    """
  }

  private func rule(_ names: String, _ action: String = "ALLOW", _ more: String = "") -> String {
    "{names: [\(names)], action: SCMP_ACT_\(action)\(more)}"
  }

  private func merged(_ texts: [String]) throws(InvalidProfile) -> [ProfileResource] {
    let text = texts.joined(separator: "---\n")
    return try ProfileResource.merged(ProfileResource.all(Array(text.utf8).span, file: "p.yaml"))
  }

  @Test("A profile has its base's calls, those of the base's base, and its own default action")
  func chain() throws {
    let found = try merged([
      resource("web", base: "b", rule("socket")), resource("a", rule("execve, read")),
      resource("b", base: "a", rule("write")),
    ])
    #expect(
      found.map(\.profile.allowedNames) == [
        ["socket", "write", "execve", "read"], ["execve", "read"], ["write", "execve", "read"],
      ])
    #expect(found.allSatisfy { $0.base == nil && $0.profile.defaultAction == .errno })
  }

  @Test(
    "Of two actions for a name the one that permits more holds, wherever it is; rules with arguments stay")
  func conflicts() throws {
    let args = ", args: [{index: 0, value: 1, valueTwo: 0, op: SCMP_CMP_EQ}]"
    let profile = try merged([
      resource(
        "web", base: "b",
        rule("mkdir, rmdir", "LOG") + ", " + rule("bind", "KILL_PROCESS") + ", "
          + rule("clone", "ALLOW", args)),
      resource(
        "b",
        rule("mkdir") + ", " + rule("rmdir", "ERRNO") + ", " + rule("bind, clone", "LOG") + ", "
          + rule("clone", "ALLOW", args)),
    ])[0].profile
    let actions = profile.syscalls.map {
      "\($0.action.rawValue.dropFirst(9)) \($0.names.joined(separator: " "))\($0.args.isEmpty ? "" : "?")"
    }
    #expect(actions == ["LOG rmdir", "ALLOW clone?", "ALLOW mkdir", "LOG bind clone"])
  }

  @Test("A base of another namespace is another profile; newer resources have none")
  func namespaces() throws {
    let base = [
      resource("b", namespace: "stage", rule("read")), resource("b", namespace: "prod", rule("write")),
    ]
    #expect(
      try merged(base + [resource("web", base: "b", namespace: "prod", rule("brk"))]).last?.profile
        .allowedNames == ["write", "brk"])
    #expect(throws: InvalidProfile.self) {
      try merged([base[0], resource("web", base: "b", namespace: "prod", rule("brk"))])
    }
    #expect(
      try merged([resource("b", rule("read")), resource("web", base: "b", namespace: "prod", rule("brk"))])
        .last?.profile.allowedNames == ["read", "brk"])
  }

  @Test("A base that is missing, in a registry, or in a circle is an error that says what to do")
  func errors() {
    func reason(_ texts: [String]) -> String? {
      let error = #expect(throws: InvalidProfile.self) { try merged(texts) }
      return error?.reason
    }
    #expect(
      reason([resource("web", base: "x\\n", rule("read"))])?.contains("which is not among the files: add it")
        == true)
    #expect(
      reason([resource("web", base: "oci://ghcr.io/runc:v1", rule("read"))])?.contains(
        "which is in a registry") == true)
    #expect(
      reason([resource("a", base: "b", rule("read")), resource("b", base: "a", rule("read"))])
        == "the profile 'b' has more than 15 bases, or is its own")
  }

  @Test("Bases do not multiply without limit")
  func bounded() {
    let names = (0..<2000).map { "call\($0)" }.joined(separator: ", ")
    let texts = [resource("b", rule(names))] + (0..<1000).map { resource("p\($0)", base: "b", rule("read")) }
    let error = #expect(throws: InvalidProfile.self) { try merged(texts) }
    #expect(error?.reason.contains("too many names") == true)
  }
}
