import SeccompProfiles
import TestSupport
import Testing

/// The profile for recording that the packages have.
@Suite struct RecordProfileTests {
  @Test("It logs what a profile does not have in any case, and the start of the program")
  func names() throws {
    let text = try ProjectFile.text(of: "packaging/eks/record.json")
    let profile = try SeccompProfile(json: Array(text.utf8).span, file: "record.json")
    let base = RuntimeBase.always(on: profile.architectures).union(RuntimeBase.runc.syscalls)
    #expect(profile.defaultAction == .log && profile.allowedNames == base.subtracting(["execve"]))
    let all = try SeccompProfile(
      json: Array(try ProjectFile.text(of: "packaging/eks/audit.json").utf8).span, file: "audit.json")
    #expect(profile.architectures == all.architectures)
  }
}
