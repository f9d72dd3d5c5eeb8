import SeccompProfiles

/// Tests files with profiles, as JSON and YAML. A profile that is accepted must be the same after it was written and read again.
enum ProfileTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    do throws(InvalidProfile) {
      let profiles = try SeccompProfile.all(bytes, file: "it")
      for profile in profiles {
        let text = profile.json.pretty
        let again = try SeccompProfile.all(Array(text.utf8).span, file: "its own text")
        precondition(again == [profile])
        let yaml = SecurityProfile(name: bytes.text, profile: profile).yaml
        let ofYAML = try SeccompProfile.all(Array(yaml.utf8).span, file: "its own YAML")
        precondition(ofYAML == [profile.withoutOthers])
      }
    } catch {
      precondition(error.file == "it" && !error.description.contains("\n"))
    }
  }
}

extension SeccompProfile {
  /// The profile without what SeccompProfiles do not have.
  fileprivate var withoutOthers: SeccompProfile {
    var profile = self
    (profile.defaultErrnoRet, profile.defaultErrno, profile.archMap) = (nil, nil, [])
    let always = Rule([], .allow).includes
    for index in profile.syscalls.indices {
      (profile.syscalls[index].errno, profile.syscalls[index].comment) = (nil, nil)
      (profile.syscalls[index].includes, profile.syscalls[index].excludes) = (always, always)
    }
    return profile
  }
}
