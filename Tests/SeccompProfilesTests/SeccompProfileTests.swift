import JSONText
import SeccompProfiles
import Testing

/// Reads a profile from text.
func readProfile(_ text: String) throws(InvalidProfile) -> SeccompProfile {
  let profiles = try SeccompProfile.all(Array(text.utf8).span, file: "p.json")
  guard profiles.count == 1 else {
    throw InvalidProfile(file: "p.json", reason: "\(profiles.count) profiles")
  }
  return profiles[0]
}

@Suite struct SeccompProfileTests {
  /// Every key that runtimes and engines read, with the forms of the numbers' limits.
  private static let everything = """
    {
      "defaultAction": "SCMP_ACT_ERRNO",
      "defaultErrnoRet": 38,
      "defaultErrno": "ENOSYS",
      "architectures": [
        "SCMP_ARCH_X86_64",
        "SCMP_ARCH_MIPS64N32"
      ],
      "archMap": [
        {
          "architecture": "SCMP_ARCH_AARCH64",
          "subArchitectures": [
            "SCMP_ARCH_ARM"
          ]
        }
      ],
      "flags": [
        "SECCOMP_FILTER_FLAG_LOG",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
      ],
      "listenerPath": "/run/agent.sock",
      "listenerMetadata": "a\\"b",
      "syscalls": [
        {
          "names": [
            "read",
            "write"
          ],
          "action": "SCMP_ACT_ALLOW",
          "comment": "of all"
        },
        {
          "names": [
            "personality"
          ],
          "action": "SCMP_ACT_ERRNO",
          "errnoRet": 0,
          "errno": "EPERM",
          "args": [
            {
              "index": 0,
              "value": 18446744073709551615,
              "op": "SCMP_CMP_NE"
            },
            {
              "index": 5,
              "value": 2114060288,
              "valueTwo": 1,
              "op": "SCMP_CMP_MASKED_EQ"
            }
          ],
          "includes": {
            "caps": [
              "CAP_SYS_ADMIN"
            ],
            "arches": [
              "amd64"
            ],
            "minKernel": "4.8"
          },
          "excludes": {
            "caps": [
              "CAP_BPF"
            ]
          }
        }
      ]
    }

    """

  @Test("A profile with all keys is written as it was read")
  func roundTrip() throws {
    #expect(try readProfile(Self.everything).json.pretty == Self.everything)
  }

  @Test("Each action, operation, architecture and flag is read and written")
  func words() throws {
    for action in SeccompProfile.Action.allCases {
      let profile = SeccompProfile(defaultAction: action)
      #expect(try readProfile(profile.json.compact) == profile)
    }
    for operation in SeccompProfile.Argument.Operation.allCases {
      var profile = SeccompProfile(defaultAction: .errno)
      var rule = SeccompProfile.Rule(["clone"], .allow)
      rule.args = [SeccompProfile.Argument(index: 1, operation: operation, value: 2)]
      profile.syscalls = [rule]
      #expect(try readProfile(profile.json.compact) == profile)
    }
    for flag in SeccompProfile.Flag.allCases {
      var profile = SeccompProfile(defaultAction: .errno)
      profile.flags = [flag]
      #expect(try readProfile(profile.json.compact) == profile)
    }
  }

  @Test("An older form, null, and empty values are the same as what they stand for")
  func olderForms() throws {
    let profile = try readProfile(
      #"""
      {"defaultAction":"SCMP_ACT_KILL","architectures":null,"syscalls":[
      {"name":"read","action":"SCMP_ACT_ALLOW","args":[],"comment":"","includes":{},"excludes":null}]}
      """#)
    var expected = SeccompProfile(defaultAction: .kill)
    expected.syscalls = [SeccompProfile.Rule(["read"], .allow)]
    #expect(profile == expected)
  }

  @Test("The operator's resource is read as its profile")
  func resource() throws {
    let profile = try readProfile(
      #"""
      {"apiVersion":"security-profiles-operator.x-k8s.io/v1beta1","kind":"SeccompProfile","metadata":{"name":"a"},
      "spec":{"state":"Enabled","defaultAction":"SCMP_ACT_LOG"},"status":{"status":"Installed"}}
      """#)
    #expect(profile == SeccompProfile(defaultAction: .log))
  }

  @Test(
    "What is no profile is refused, with file, line and reason",
    arguments: [
      ("[]", "p.json:1: a profile has to be an object, and is an array"),
      ("{}", "p.json:1: the profile has no 'defaultAction'"),
      ("{\"defaultAction\":\n1}", "p.json:2: 'defaultAction' has to be a string, and is a number"),
      (#"{"defaultAction":"ALLOW"}"#, "p.json:1: 'defaultAction' has no value 'ALLOW'"),
      (
        "{\"defaultAction\":\"SCMP_ACT_LOG\",\n\n\"sycalls\":[]}",
        "p.json:3: the profile has an unknown key 'sycalls'"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_LOG","architectures":["SCMP_ARCH_x86"]}"#,
        "p.json:1: 'architectures' has no value 'SCMP_ARCH_x86'"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":[],"action":"SCMP_ACT_LOG"}]}"#,
        "p.json:1: an entry of 'syscalls' has no 'names'"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["a\nb"],"action":"SCMP_ACT_LOG"}]}"#,
        "p.json:1: 'a\\nb' is no name of a syscall"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_LOG","defaultErrnoRet":-1}"#,
        "p.json:1: 'defaultErrnoRet' has to be a whole number from 0 to 4294967295"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["a"],"action":"SCMP_ACT_LOG","args":[{"op":"SCMP_CMP_EQ","value":1e3}]}]}"#,
        "p.json:1: 'value' has to be a whole number from 0 to 18446744073709551615"
      ),
      ("{\"defaultAction\":", "p.json:1: this is not JSON: the text ends before a value"),
      (#"{"kind":"Pod"}"#, "p.json:1: this is a Pod, and no SeccompProfile"),
      (#"{"kind":"SeccompProfile"}"#, "p.json:1: the SeccompProfile has no 'spec'"),
      (
        #"{"kind":"SeccompProfile","metadata":{"name":"web"},"spec":{"baseProfileName":"runc","defaultAction":"SCMP_ACT_ERRNO"}}"#,
        "p.json:1: the profile 'web' has the base 'runc' (baseProfileName), which is not among the files: add it ('kubectl get seccompprofile NAME -o yaml' shows it)"
      ),
    ])
  func refusals(_ text: String, _ description: String) {
    do throws(InvalidProfile) {
      _ = try readProfile(text)
      Issue.record("accepted: \(text)")
    } catch {
      #expect(error.description == description)
    }
  }
}
