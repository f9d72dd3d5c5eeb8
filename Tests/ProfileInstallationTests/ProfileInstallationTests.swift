import Glibc
import ProfileInstallation
import SeccompProfiles
import TestSupport
import Testing

@Suite struct ProfileInstallationTests {
  private static let profile =
    #"{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}"#

  private func read(
    _ text: String, file: String = "web.json", name: String? = nil, namespace: String? = nil
  ) throws -> InstallableProfile {
    try TemporaryDirectory.use { directory in
      try InstallableProfile.read([directory.write(text, to: file)], name: name, namespace: namespace)[0]
    }
  }

  @Test("A file may have several profiles, as YAML or in a list; then none of them gets another name")
  func several() throws {
    func resource(_ name: String) -> String {
      """
      kind: SeccompProfile
      metadata: {name: \(name), namespace: prod}
      spec: {defaultAction: SCMP_ACT_ERRNO, architectures: [SCMP_ARCH_X86_64], syscalls: [{names: [read], action: SCMP_ACT_ALLOW}]}

      """
    }
    let stream = resource("a") + "---\n" + resource("b")
    let list =
      "kind: List\nitems:\n"
      + ["a", "b"].map { name in
        resource(name).split(separator: "\n").enumerated().map { ($0 == 0 ? "- " : "  ") + $1 + "\n" }
          .joined()
      }.joined()
    try TemporaryDirectory.use { directory in
      for text in [stream, list] {
        let file = try directory.write(text, to: "all.yaml")
        let profiles = try InstallableProfile.read([file], name: nil, namespace: nil)
        #expect(profiles.map(\.path.description) == ["operator/prod/a.json", "operator/prod/b.json"])
        #expect(try profiles.map(\.text) == [read(Self.profile).text, read(Self.profile).text])
        #expect(throws: InvalidProfile.self) {
          try InstallableProfile.read([file], name: "c", namespace: nil)
        }
      }
    }
    #expect(try read(Self.profile, file: "web.yaml").path.description == "operator/web.json")
  }

  @Test(
    "A profile's path is made of the file's name, or of the names in a SeccompProfile, or of those that are given"
  )
  func paths() throws {
    #expect(try read(Self.profile).path.description == "operator/web.json")
    let resource =
      #"{"kind":"SeccompProfile","metadata":{"name":"db","namespace":"prod"},"spec":\#(Self.profile)}"#
    #expect(try read(resource).path.description == "operator/prod/db.json")
    #expect(try read(resource).text == read(Self.profile).text)
    #expect(try read(resource, name: "a.b", namespace: "c").path.description == "operator/c/a.b.json")
  }

  @Test("The base of a profile may be in another file; both are installed, and the profile has its calls")
  func bases() throws {
    func resource(_ name: String, _ base: String, _ syscall: String) -> String {
      """
      kind: SeccompProfile
      metadata: {name: \(name)}
      spec: {defaultAction: SCMP_ACT_ERRNO, \(base)architectures: [SCMP_ARCH_X86_64], syscalls: [{names: [\(syscall)], action: SCMP_ACT_ALLOW}]}

      """
    }
    try TemporaryDirectory.use { directory in
      let web = try directory.write(resource("web", "baseProfileName: runc, ", "socket"), to: "web.yaml")
      let runc = try directory.write(resource("runc", "", "execve"), to: "runc.yaml")
      let profiles = try InstallableProfile.read([web, runc], name: nil, namespace: nil)
      #expect(profiles.map(\.path.description) == ["operator/web.json", "operator/runc.json"])
      #expect(profiles[0].profile.allowedNames == ["socket", "execve"])
      let error = #expect(throws: InvalidProfile.self) {
        try InstallableProfile.read([web], name: nil, namespace: nil)
      }
      #expect(
        error?.reason.hasPrefix(
          "the profile 'web' has the base 'runc' (baseProfileName), which is not among the files: add it")
          == true)
    }
  }

  @Test(
    "Names that could leave the directory are refused",
    arguments: [
      "..", ".", "", "a/b", "/etc/x", "../x", "A", "a\n", ".a", "-a", "a.",
      String(repeating: "a", count: 201),
    ])
  func names(_ name: String) throws {
    #expect(ProfilePath(name: name, namespace: nil) == nil)
    #expect(ProfilePath(name: "a", namespace: name) == nil)
    let error = #expect(throws: InvalidProfile.self) { try read(Self.profile, name: name) }
    #expect(error?.reason.contains("is no name that Kubernetes allows") == true)
    #expect(error?.description.contains("\n") == false)
  }

  @Test(
    "What runtimes refuse is not installed",
    arguments: [
      (#"{"defaultAction":"SCMP_ACT_NOTIFY"}"#, "runc accepts no SCMP_ACT_NOTIFY as 'defaultAction'"),
      (
        #"{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1}"#,
        "'defaultErrnoRet' is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["a","b","c","d"],"action":"SCMP_ACT_ALLOW","errnoRet":1}]}"#,
        "'errnoRet' is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE: a b c ..."
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["write"],"action":"SCMP_ACT_NOTIFY"}]}"#,
        "runc accepts no SCMP_ACT_NOTIFY for write"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":6,"op":"SCMP_CMP_EQ"}]}]}"#,
        "arguments have the indices 0 to 5: read"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86"}]}"#,
        "it has 'architectures' and 'archMap', of which CRI-O and podman accept one"
      ),
    ])
  func refusals(_ text: String, _ reason: String) {
    let error = #expect(throws: InvalidProfile.self) { try read(text) }
    #expect(error?.reason == "runtimes refuse it: \(reason)")
  }

  @Test("What is doubtful is reported")
  func remarks() throws {
    #expect(try read(Self.profile).remarks == [])
    let text =
      #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["a_call"],"action":"SCMP_ACT_ALLOW"},{"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}}]}"#
    #expect(
      try read(text).remarks == [
        "skipped, for libseccomp here does not know them: a_call",
        "containerd ignores 'includes' and 'excludes', and allows: mount",
        "SCMP_ACT_LOG as default blocks nothing",
        "it names no architecture: calls of other ones than this machine's are killed",
      ])
  }

  @Test(
    "A profile is written with its directories, mode 0644, replaced as a whole, and removed",
    arguments: [true, false])
  func files(_ usesOpenat2: Bool) throws {
    try TemporaryDirectory.use { directory in
      let root = try ProfileDirectory(root: directory.path, usesOpenat2: usesOpenat2)
      let path = try #require(ProfilePath(name: "web", namespace: "prod"))
      let mask = umask(0o077)
      defer { umask(mask) }
      try root.write("first", to: path)
      try root.write("second", to: path)
      #expect(try directory.text(of: "operator/prod/web.json") == "second")
      var status = stat()
      #expect(
        unsafe stat("\(directory.path)/operator/prod/web.json", &status) == 0
          && status.st_mode & 0o777 == 0o644)
      try root.remove(path)
      #expect(unsafe access("\(directory.path)/operator/prod/web.json", F_OK) != 0)
      #expect(throws: ProfileDirectory.Failure.self) { try root.remove(path) }
    }
  }

  @Test("Links below the root are not followed", arguments: ["operator", "operator/prod"], [true, false])
  func links(_ link: String, _ usesOpenat2: Bool) throws {
    try TemporaryDirectory.use { outside in
      try TemporaryDirectory.use { directory in
        // Where the path leads if the link is followed.
        let file = link == "operator" ? "prod/web.json" : "web.json"
        try outside.write("kept", to: file)
        if link.contains("/") { #expect(unsafe mkdir("\(directory.path)/operator", 0o755) == 0) }
        #expect(unsafe symlink(outside.path, "\(directory.path)/\(link)") == 0)
        let root = try ProfileDirectory(root: directory.path, usesOpenat2: usesOpenat2)
        let path = try #require(ProfilePath(name: "web", namespace: "prod"))
        let error = #expect(throws: ProfileDirectory.Failure.self) { try root.write("x", to: path) }
        #expect(error?.description.hasSuffix("(a link or a file is where a directory has to be)") == true)
        #expect(throws: ProfileDirectory.Failure.self) { try root.remove(path) }
        #expect(try outside.text(of: file) == "kept")
      }
    }
  }

  @Test("A file that is a link is replaced, and what it leads to is not")
  func linkedFile() throws {
    try TemporaryDirectory.use { directory in
      try directory.write("kept", to: "outside")
      try directory.write("", to: "root/operator/other.json")
      #expect(unsafe symlink("\(directory.path)/outside", "\(directory.path)/root/operator/web.json") == 0)
      try ProfileDirectory(root: "\(directory.path)/root").write(
        "new", to: try #require(ProfilePath(name: "web", namespace: nil)))
      #expect(try directory.text(of: "outside") == "kept")
      #expect(try directory.text(of: "root/operator/web.json") == "new")
    }
  }
}
