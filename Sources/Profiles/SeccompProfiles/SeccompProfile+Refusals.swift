extension SeccompProfile {
  /// Why container runtimes would refuse the profile although it is well formed; empty if they would not.
  // See: InitSeccomp() and SetupSeccomp() in runc; libcrun_generate_seccomp() in crun; setupSeccomp() in containers/common
  package var refusals: [String] {
    var refusals: [String] = []
    if !architectures.isEmpty, !archMap.isEmpty {
      refusals.append("it has 'architectures' and 'archMap', of which CRI-O and podman accept one")
    }
    if defaultAction == .notify { refusals.append("runc accepts no SCMP_ACT_NOTIFY as 'defaultAction'") }
    if defaultErrnoRet != nil, !defaultAction.hasNumber {
      refusals.append("'defaultErrnoRet' is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE")
    }
    for rule in syscalls {
      let names = rule.names.prefix(3).joined(separator: " ") + (rule.names.count > 3 ? " ..." : "")
      if rule.errnoRet != nil, !rule.action.hasNumber {
        refusals.append("'errnoRet' is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE: \(names)")
      }
      if rule.action == .notify, rule.names.contains("write") {
        refusals.append("runc accepts no SCMP_ACT_NOTIFY for write")
      }
      if rule.args.contains(where: { $0.index > 5 }) {
        refusals.append("arguments have the indices 0 to 5: \(names)")
      }
    }
    return refusals
  }
}

extension SeccompProfile.Action {
  /// Whether the action returns a number.
  fileprivate var hasNumber: Bool { self == .errno || self == .trace }
}
