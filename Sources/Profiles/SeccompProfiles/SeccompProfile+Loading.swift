internal import EnrichedLog

extension SeccompProfile {
  /// The profile that the runtime gets, in the keys of the OCI specification.
  // See: setupSeccomp() in pkg/seccomp of containers/common, and in seccomp of moby/profiles
  package func loaded(by loader: ProfileLoader, file: String) throws(InvalidProfile) -> SeccompProfile {
    var profile = self
    (profile.archMap, profile.defaultErrno) = ([], nil)
    // Errors as names are known to containers/common alone. Others ignore the key.
    let knowsNames = loader.engine == .crio
    if knowsNames, let defaultErrno { profile.defaultErrnoRet = try Self.number(of: defaultErrno, file) }
    if loader.engine != .containerd {
      guard architectures.isEmpty || archMap.isEmpty else {
        throw InvalidProfile(
          file: file,
          reason: "it has 'architectures' and 'archMap', of which \(loader.engine.rawValue) accepts one")
      }
      if let family = archMap.first(where: { $0.architecture == .native }) {
        profile.architectures = [family.architecture] + family.subArchitectures
      }
    }
    profile.syscalls = []
    for rule in syscalls {
      if loader.engine != .containerd, try !rule.applies(to: loader, file) { continue }
      var rule = rule
      if knowsNames, let errno = rule.errno { rule.errnoRet = try Self.number(of: errno, file) }
      (rule.errno, rule.includes, rule.excludes) = (nil, Condition(), Condition())
      profile.syscalls.append(rule)
    }
    return profile
  }

  /// The names that some rule has, and none of `loaded`: a condition leaves them out.
  package func namesLeftOut(in loaded: SeccompProfile) -> Set<String> {
    Set(syscalls.flatMap(\.names)).subtracting(loaded.syscalls.flatMap(\.names))
  }

  /// Errors by their names, as far as profiles use them. The numbers are those of x86_64 and aarch64.
  private static let errors: [String: UInt32] = [
    "EPERM": 1, "ENOENT": 2, "ESRCH": 3, "EINTR": 4, "EIO": 5, "ENXIO": 6, "EBADF": 9, "EAGAIN": 11,
    "ENOMEM": 12,
    "EACCES": 13, "EFAULT": 14, "EBUSY": 16, "EEXIST": 17, "ENODEV": 19, "ENOTDIR": 20, "EINVAL": 22,
    "ENOTTY": 25,
    "ENOSPC": 28, "EROFS": 30, "ENOSYS": 38, "EPROTONOSUPPORT": 93, "ENOTSUP": 95, "EOPNOTSUPP": 95,
    "EAFNOSUPPORT": 97,
  ]

  private static func number(of name: String, _ file: String) throws(InvalidProfile) -> UInt32 {
    guard let number = errors[name] else {
      throw InvalidProfile(
        file: file, reason: "the error '\(name.printable)' is not known here: use 'errnoRet'")
    }
    return number
  }
}

extension SeccompProfile.Rule {
  /// Whether the rule's conditions hold.
  fileprivate func applies(to loader: ProfileLoader, _ file: String) throws(InvalidProfile) -> Bool {
    let machine = ProfileArchitecture.native.machine
    func isOld(_ condition: SeccompProfile.Condition) throws(InvalidProfile) -> Bool? {
      guard loader.engine == .docker, let text = condition.minKernel else { return nil }
      guard let version = KernelVersion(text) else {
        throw InvalidProfile(file: file, reason: "'minKernel' is no version of a kernel: '\(text.printable)'")
      }
      return loader.kernel < version
    }
    if excludes.arches.contains(machine) { return false }
    if !loader.capabilities.isDisjoint(with: excludes.caps) { return false }
    if try isOld(excludes) == false { return false }
    if !includes.arches.isEmpty, !includes.arches.contains(machine) { return false }
    if !loader.capabilities.isSuperset(of: includes.caps) { return false }
    return try isOld(includes) != true
  }
}

extension ProfileArchitecture {
  /// Go's name of the machine.
  fileprivate var machine: String { name == "x86_64" ? "amd64" : "arm64" }
}
