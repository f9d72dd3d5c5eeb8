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
}
