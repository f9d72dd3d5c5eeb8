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
        "records without names, which were not read: 1 (pipe them through 'audit-enricher replay --format json' first)",
        "lines about something else: 2",
      ])
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
}
