internal import AuditRecord
internal import Clibseccomp
internal import Glibc
package import SeccompProfiles

/// A profile as libseccomp compiles it, with the calls that runc and crun make.
package struct CompiledProfile: Sendable {
  /// Names that the installed libseccomp does not know. Runtimes skip them.
  package private(set) var unknownNames: [String] = []
  /// The filter.
  package let program: FilterProgram
  /// See `lastNumbers(of:)`.
  let lastNumbers: [String: UInt32]

  /// Compiles a profile as runc and crun do: without `archMap`, and whatever `includes` and `excludes` say. See `loaded(by:file:)` for
  /// what they get. `file` names it in errors.
  package init(_ profile: SeccompProfile, file: String) throws(InvalidProfile) {
    let refusals = profile.refusals
    guard refusals.isEmpty else {
      throw InvalidProfile(file: file, reason: "runtimes refuse it: \(refusals.joined(separator: "; "))")
    }
    let defaultAction = profile.defaultAction.code(profile.defaultErrnoRet)
    guard let filter = unsafe seccomp_init(defaultAction) else {
      throw InvalidProfile(
        file: file, reason: "libseccomp refuses \(profile.defaultAction.rawValue) as 'defaultAction'")
    }
    defer { unsafe seccomp_release(filter) }
    for architecture in profile.architectures {
      // The string lives until the call returns.
      let token = unsafe seccomp_arch_resolve_name(architecture.name)
      // The native architecture is there from the start.
      let failed = token == 0 ? -EINVAL : unsafe seccomp_arch_add(filter, token)
      guard failed == 0 || failed == -EEXIST else {
        throw InvalidProfile(
          file: file, reason: "the installed libseccomp does not know \(architecture.profileName)")
      }
    }
    // libseccomp refuses rules for the default action, and runtimes skip them.
    for rule in profile.syscalls where rule.action.code(rule.errnoRet) != defaultAction {
      for name in rule.names {
        let number = unsafe seccomp_syscall_resolve_name(name)
        // The number of a name that is not known.
        guard number != -1 else {
          unknownNames.append(name)
          continue
        }
        for comparisons in rule.comparisons {
          let failed = unsafe seccomp_rule_add_array(
            filter, rule.action.code(rule.errnoRet), number, UInt32(comparisons.count), comparisons)
          guard failed == 0 else {
            throw InvalidProfile(
              file: file,
              reason: "libseccomp refuses the rule for \(name): \(unsafe String(cString: strerror(-failed)))")
          }
        }
      }
    }
    unknownNames = Set(unknownNames).sorted()
    lastNumbers = Self.lastNumbers(of: profile)
    program = unsafe try Self.program(of: filter, file)
  }

  /// What a person should know of the profile, one sentence each. `loaded` is what the engine makes of it.
  package func remarks(
    on profile: SeccompProfile, loaded: SeccompProfile, by engine: ProfileLoader.Engine = .containerd
  ) -> [String] {
    var remarks: [String] = []
    if !unknownNames.isEmpty {
      remarks.append(
        "skipped, for libseccomp here does not know them: \(unknownNames.joined(separator: " "))")
    }
    if engine == .containerd {
      if !profile.conditionalNames.isEmpty {
        remarks.append(
          "containerd ignores 'includes' and 'excludes', and allows: \(profile.conditionalNames.sorted().joined(separator: " "))"
        )
      }
      if !profile.archMap.isEmpty { remarks.append("containerd ignores 'archMap'") }
    }
    let leftOut = profile.namesLeftOut(in: loaded)
    if !leftOut.isEmpty {
      remarks.append(
        "left out by 'includes' and 'excludes' for these capabilities and this node: \(leftOut.sorted().joined(separator: " "))"
      )
    }
    if profile.defaultAction.permits {
      remarks.append("\(profile.defaultAction.rawValue) as default blocks nothing")
    }
    if loaded.architectures.isEmpty {
      remarks.append("it names no architecture: calls of other ones than this machine's are killed")
    }
    return remarks
  }

  /// Generates the filter, which fails if it exceeds the kernel's limit.
  private static func program(
    of filter: scmp_filter_ctx, _ file: String
  ) throws(InvalidProfile) -> FilterProgram {
    // A pipe holds twice the kernel's limit. A write beyond that must fail, and not wait for a reader.
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw InvalidProfile(file: file, reason: "no pipe for its filter") }
    defer {
      close(ends[0])
      close(ends[1])
    }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    let failed = unsafe seccomp_export_bpf(filter, ends[1])
    guard failed == 0 else {
      throw InvalidProfile(
        file: file, reason: "libseccomp cannot compile it: \(unsafe String(cString: strerror(-failed)))")
    }
    let limit = FilterProgram.instructionSize * FilterProgram.maxInstructions
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(ends[0], $0.baseAddress!, $0.count) }
    guard count <= limit else {
      throw InvalidProfile(file: file, reason: "its filter has more instructions than the kernel accepts")
    }
    bytes.removeLast(bytes.count - count)
    guard let program = FilterProgram(bytes.span) else {
      throw InvalidProfile(file: file, reason: "its filter has instructions that are not known here")
    }
    return program
  }
}

extension SeccompProfile.Action {
  /// The filter's return value. See: SECCOMP_RET_* in linux/seccomp.h
  fileprivate func code(_ number: UInt32?) -> UInt32 {
    switch self {
    case .kill, .killThread: SeccompAction.killThread.rawValue
    case .killProcess: SeccompAction.killProcess.rawValue
    case .trap: SeccompAction.trap.rawValue
    case .errno: SeccompAction.errno.rawValue | (number ?? UInt32(EPERM)) & 0xffff
    case .trace: SeccompAction.trace.rawValue | (number ?? UInt32(EPERM)) & 0xffff
    case .allow: enricher_scmp_act_allow
    case .log: SeccompAction.log.rawValue
    case .notify: SeccompAction.userNotification.rawValue
    }
  }
}

extension SeccompProfile.Rule {
  /// The comparisons of each of libseccomp's rules. If an argument is compared more than once, each comparison is a rule of its own.
  fileprivate var comparisons: [[scmp_arg_cmp]] {
    let all = args.map { argument in
      scmp_arg_cmp(
        arg: argument.index, op: argument.operation.code, datum_a: argument.value, datum_b: argument.valueTwo)
    }
    return Set(args.map(\.index)).count == args.count ? [all] : all.map { [$0] }
  }
}

extension SeccompProfile.Argument.Operation {
  fileprivate var code: scmp_compare {
    switch self {
    case .notEqual: SCMP_CMP_NE
    case .less: SCMP_CMP_LT
    case .lessOrEqual: SCMP_CMP_LE
    case .equal: SCMP_CMP_EQ
    case .greaterOrEqual: SCMP_CMP_GE
    case .greater: SCMP_CMP_GT
    case .maskedEqual: SCMP_CMP_MASKED_EQ
    }
  }
}
