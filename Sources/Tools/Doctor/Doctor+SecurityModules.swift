internal import LinuxSystem

/// What AppArmor and SELinux report, as far as they are on and their records become lines.
extension Doctor {
  func securityModules() -> [Finding] {
    var findings: [Finding] = []
    if settings.records.contains(.apparmor), let finding = Self.appArmor(in: "/sys") {
      findings.append(finding)
    }
    if settings.records.contains(.selinux), let finding = Self.seLinux(in: "/sys") {
      findings.append(finding)
    }
    return findings
  }

  // See: security/apparmor/lsm.c
  static func appArmor(in root: String) -> Finding? {
    let check = "AppArmor"
    let parameters = "\(root)/module/apparmor/parameters"
    guard word("\(parameters)/enabled") == "Y" else { return nil }
    let remedy = "echo normal > \(parameters)/audit"
    switch word("\(parameters)/audit") {
    case "quiet": return .warning(check, "reports nothing: its parameter audit is 'quiet'", remedy: remedy)
    case "quiet_denied":
      return .warning(check, "reports no denial: its parameter audit is 'quiet_denied'", remedy: remedy)
    case "noquiet": return .ok(check, "on; also reports what deny rules deny")
    case "all": return .ok(check, "on; reports each access")
    default:
      return .ok(
        check, "on; does not report what deny rules deny, only audit deny rules and what no rule allows")
    }
  }

  // See: security/selinux/selinuxfs.c
  static func seLinux(in root: String) -> Finding? {
    let check = "SELinux"
    switch word("\(root)/fs/selinux/enforce") {
    case "1": return .ok(check, "enforcing; does not report what dontaudit rules deny")
    case "0":
      return .ok(
        check,
        "permissive: nothing is refused, and each denial is reported once until the policy is loaded again")
    default: return nil
    }
  }

  private static func word(_ path: String) -> String? {
    (try? SmallFile.read(path))?.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}
