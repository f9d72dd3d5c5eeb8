import SeccompProfiles
import TestSupport
import Testing

/// The profile for recording that the packages have.
@Suite struct RecordProfileTests {
  @Test("It logs what a profile does not have in any case, and the start of the program")
  func names() throws {
    let profile = try readProfile(ProjectFile.text(of: "packaging/eks/record.json"))
    let base = RuntimeBase.always(on: profile.architectures).union(RuntimeBase.runc.syscalls)
    #expect(profile.defaultAction == .log && profile.allowedNames == base.subtracting(["execve"]))
    let all = try readProfile(ProjectFile.text(of: "packaging/eks/audit.json"))
    #expect(profile.architectures == all.architectures)
  }
}
