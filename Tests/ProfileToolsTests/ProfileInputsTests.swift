import Glibc
import ObservedSyscalls
import ProfileTools
import SeccompProfiles
import TestSupport
import Testing

@Suite struct ProfileInputsTests {
  private static let profile = #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[]}"#
  private static let pretty = "\n{\n  \"defaultAction\": \"SCMP_ACT_LOG\",\n  \"syscalls\": []\n}\n"

  @Test("Files are lines and profiles in any mixture; a pretty profile is a whole file")
  func mixture() throws {
    let inputs = try readInputs([
      line("read") + Self.profile + "\n" + line("write"), Self.pretty, Self.profile,
      "text\n{\n" + line("close"), "type=SECCOMP msg=audit(1.000:1): x\n",
    ])
    #expect(inputs.observations.calls.count == 3)
    #expect(inputs.profiles.map(\.profile) == Array(repeating: SeccompProfile(defaultAction: .log), count: 3))
    #expect(inputs.profiles.map(\.file).map { $0.split(separator: "/").last } == ["0", "1", "2"])
    #expect(
      inputs.remarks == [
        "records without names, which were not read: 1 (see --snapshot, or pipe them through 'audit-enricher replay --format json')",
        "lines about something else: 1",
      ])
  }

  @Test("A file that begins as YAML has profiles as a whole; one that begins otherwise has lines")
  func yaml() throws {
    let resource = "apiVersion: v1\nkind: SeccompProfile\nspec:\n  defaultAction: SCMP_ACT_LOG\n"
    let inputs = try readInputs([
      "# comment\n\n" + resource, "---\n" + resource + "---\n" + resource, line("read") + resource,
    ])
    #expect(inputs.profiles.map(\.profile) == Array(repeating: SeccompProfile(defaultAction: .log), count: 3))
    #expect(inputs.observations.calls.count == 1)
    try TemporaryDirectory.use { directory in
      let path = try directory.write("# comment\n\nkind: SeccompProfile\nspec: {a: 1}\n", to: "p.yaml")
      #expect(throws: InvalidProfile(file: path, line: 4, reason: "the profile has no 'defaultAction'")) {
        try ProfileInputs([path])
      }
      let two = try directory.write(resource + "---\n" + resource, to: "two.yaml")
      #expect(throws: InvalidProfile(file: two, reason: "this has 2 profiles, and one is needed")) {
        try ProfileInputs(profile: two)
      }
    }
  }

  @Test("A profile that is wrong is an error with its file and line")
  func wrong() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write("{\n  \"defaultAction\": 1\n}\n", to: "p.json")
      #expect(
        throws: InvalidProfile(
          file: path, line: 2, reason: "'defaultAction' has to be a string, and is a number")
      ) { try ProfileInputs([path]) }
      let lines = try directory.write(line("read"), to: "lines")
      #expect(throws: InvalidProfile(file: lines, reason: "this is no profile")) {
        try ProfileInputs(profile: lines)
      }
    }
  }

  @Test("Records without names go to a spool, which can be read as a file")
  func records() throws {
    try TemporaryDirectory.use { directory in
      let record = "type=SECCOMP msg=audit(1.000:1): x"
      let path = try directory.write(line("read") + record + "\n" + record + "\n", to: "lines")
      var spool = try RecordSpool(in: directory.path)
      var inputs = try ProfileInputs([path]) { try spool.append($0) }
      #expect(inputs.remarks == [] && inputs.observations.calls.count == 1)
      let file = try #require(try spool.finish())
      defer { close(file) }
      try inputs.read("/proc/self/fd/\(file)")
      #expect(inputs.observations.records == 4)
      var empty = try RecordSpool(in: directory.path)
      #expect(try empty.finish() == nil)
      #expect(throws: ProfileFile.Failure.self) { _ = try RecordSpool(in: path) }
    }
  }
}
