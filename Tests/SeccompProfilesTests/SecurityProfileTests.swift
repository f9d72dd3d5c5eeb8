import JSONText
import SeccompProfiles
import Testing

@Suite struct SecurityProfileTests {
  @Test("The resource is YAML with all texts in quotes")
  func yaml() {
    var profile = SeccompProfile(defaultAction: .errno)
    profile.architectures = [.native]
    var rule = SeccompProfile.Rule(["clone"], .allow)
    rule.args = [SeccompProfile.Argument(index: 0, operation: .maskedEqual, value: 2_114_060_288)]
    profile.syscalls = [SeccompProfile.Rule(["read"], .allow, comment: "seen\nspec: {}"), rule]
    var resource = SecurityProfile(name: "prod-web", namespace: "a\n---\nkind: Pod", profile: profile)
    resource.labels = ["b": "2", "a": "1"]
    resource.annotations = ["c": SyscallCoverage(total: 3, syscalls: ["read": 3, "mknod": 1]).json.compact]
    resource.version = .v1
    #expect(
      resource.yaml == #"""
        apiVersion: security-profiles-operator.x-k8s.io/v1
        kind: SeccompProfile
        metadata:
          name: "prod-web"
          namespace: "a\n---\nkind: Pod"
          labels:
            "a": "1"
            "b": "2"
          annotations:
            "c": "{\"version\":\"v1\",\"total\":3,\"syscalls\":{\"mknod\":1,\"read\":3}}"
        spec:
          defaultAction: SCMP_ACT_ERRNO
          architectures:
          - \#(ProfileArchitecture.native.profileName)
          syscalls:
          # seen\nspec: {}
          - action: SCMP_ACT_ALLOW
            names:
            - read
          - action: SCMP_ACT_ALLOW
            args:
            - index: 0
              value: 2114060288
              valueTwo: 0
              op: SCMP_CMP_MASKED_EQ
            names:
            - clone

        """#)
  }

  @Test("What was written as YAML is read as the same profile")
  func roundTrip() throws {
    var profile = SeccompProfile(defaultAction: .errno)
    profile.architectures = [.native]
    (profile.flags, profile.listenerPath, profile.listenerMetadata) = (
      [.log, .threadSync], "/run/a: b", "#\n---"
    )
    var rule = SeccompProfile.Rule(["clone", "write"], .errno)
    rule.errnoRet = 38
    rule.args = SeccompProfile.Argument.Operation.allCases.enumerated().map { index, operation in
      SeccompProfile.Argument(
        index: UInt32(index % 6), operation: operation, value: .max, valueTwo: UInt64(index))
    }
    profile.syscalls = [rule, SeccompProfile.Rule(["read"], .allow)]
    let resource = SecurityProfile(name: "a", namespace: "b", profile: profile)
    let binding = ProfileBinding(name: "a", namespace: "b", image: "*")
    #expect(try readProfile(resource.yaml) == profile)
    // A binding beside it is no profile.
    #expect(try readProfile(resource.yaml + "---\n" + binding.yaml) == profile)
    #expect(throws: InvalidProfile(file: "p.json", reason: "this has no profile")) {
      try readProfile(binding.yaml)
    }
    #expect(
      throws: InvalidProfile(file: "p.json", line: 2, reason: "this is a Pod, and no SeccompProfile")
    ) { try readProfile("---\nkind: Pod\n") }
  }

  @Test("A binding is YAML with all texts in quotes")
  func binding() {
    var binding = ProfileBinding(name: "prod-web-app", namespace: "prod", image: "a\n---\nkind: Pod")
    #expect(
      binding.yaml == #"""
        apiVersion: security-profiles-operator.x-k8s.io/v1alpha1
        kind: ProfileBinding
        metadata:
          name: "prod-web-app"
          namespace: "prod"
        spec:
          profileRef:
            kind: SeccompProfile
            name: "prod-web-app"
          image: "a\n---\nkind: Pod"

        """#)
    (binding.version, binding.namespace) = (.v1, nil)
    #expect(
      binding.yaml.hasPrefix(
        "apiVersion: security-profiles-operator.x-k8s.io/v1\nkind: ProfileBinding\nmetadata:\n  name: "))
  }
}
