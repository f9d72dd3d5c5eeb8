import Clibseccomp
import SeccompProfiles
import Testing

@Suite struct ProfileDraftTests {
  private var draft: ProfileDraft {
    var draft = ProfileDraft(defaultAction: .errno)
    draft.architectures = [ProfileArchitecture(name: "x32"), .native, ProfileArchitecture(name: "aarch64")]
      .compactMap(\.self)
    draft.parts = [
      ProfileDraft.Part(["write", "read", "ptrace"], .seen, comment: "seen"),
      ProfileDraft.Part(["read", "close"], .base, comment: "base"),
      ProfileDraft.Part(["write"], .file("f"), comment: "file"),
    ]
    draft.excluded = ["ptrace"]
    return draft
  }

  @Test("Each name is allowed once, for the first of its reasons; entries without names are left out")
  func parts() {
    #expect(
      draft.profile().syscalls == [
        SeccompProfile.Rule(["read", "write"], .allow, comment: "seen"),
        SeccompProfile.Rule(["close"], .allow, comment: "base"),
      ])
    #expect(
      draft.profile(withComments: false).syscalls == [
        SeccompProfile.Rule(["close", "read", "write"], .allow)
      ])
  }

  @Test("This machine's architecture is the first")
  func architectures() {
    #expect(draft.profile().architectures.first == .native)
    #expect(draft.profile().architectures.last?.name == "x32")
  }

  @Test("Rules with arguments are kept for names that are not allowed anyway, and once")
  func rules() {
    var rule = SeccompProfile.Rule(["read", "clone", "ptrace"], .allow)
    rule.args = [SeccompProfile.Argument(index: 0, operation: .equal, value: 1)]
    var draft = draft
    draft.rules = [rule, rule]
    rule.names = ["clone"]
    #expect(draft.profile().syscalls.filter { !$0.args.isEmpty } == [rule])
  }

  @Test("What is allowed depends on arguments, nodes and containers")
  func allowed() {
    var profile = SeccompProfile(defaultAction: .errno)
    var arguments = SeccompProfile.Rule(["clone"], .allow)
    arguments.args = [SeccompProfile.Argument(index: 0, operation: .equal, value: 1)]
    var condition = SeccompProfile.Rule(["mount", "read"], .allow)
    condition.includes.caps = ["CAP_SYS_ADMIN"]
    profile.syscalls = [
      SeccompProfile.Rule(["read"], .allow), SeccompProfile.Rule(["write"], .log), arguments, condition,
    ]
    #expect(profile.allowedNames == ["read"])
    #expect(profile.argumentRules == [arguments])
    #expect(profile.conditionalNames == ["mount"])
  }

  /// What the installed libseccomp says a name's number is; negative for a name that it does not know.
  private func number(of name: String) -> Int32 { unsafe seccomp_syscall_resolve_name(name) }

  @Test("libseccomp knows all names of the bases")
  func bases() {
    for base in RuntimeBase.allCases {
      for name in base.syscalls.union(RuntimeBase.always).union(RuntimeBase.optional) {
        #expect(number(of: name) >= 0, "\(name)")
      }
    }
    #expect(RuntimeBase.runc.syscalls.count == 38)
    #expect(RuntimeBase.crun.syscalls.isDisjoint(with: RuntimeBase.optional))
    #expect(RuntimeBase.always(on: [.native]).contains("sigreturn") == false)
    #expect(
      RuntimeBase.always(on: [ProfileArchitecture(name: "x86")].compactMap(\.self)).contains("sigreturn"))
  }

  @Test(
    "Names that libseccomp 2.5.4 does not know have numbers above its last one, that of set_mempolicy_home_node"
  )
  func newer() {
    let last = number(of: "set_mempolicy_home_node")
    #expect(last > 0)
    #expect(SyscallName.newerThanLibseccomp254.isSuperset(of: ["cachestat", "statmount", "uretprobe"]))
    for name in SyscallName.newerThanLibseccomp254.subtracting(["uretprobe", "uprobe"]) {
      // Distributions add names to their libseccomp. A name that it does not know has a negative number.
      let number = number(of: name)
      #expect(number < 0 || number > last, "\(name)")
    }
  }
}
