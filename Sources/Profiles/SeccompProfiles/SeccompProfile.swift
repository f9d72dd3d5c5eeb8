/// A seccomp profile as container runtimes read it: the OCI's JSON, with the keys that moby and containers/common add.
///
/// An absent key is the same as an empty value. Texts that name something on the node, such as a capability, are kept as they are.
// See: config-linux.md in the OCI runtime specification; pkg/seccomp in containers/common
package struct SeccompProfile: Equatable, Sendable {
  /// What happens to a call that no rule matches.
  package var defaultAction: Action
  /// The number that an `errno` or `trace` as default action returns; without one EPERM.
  package var defaultErrnoRet: UInt32?
  /// The same as a name, such as `ENOSYS`.
  package var defaultErrno: String?
  package var architectures: [ProfileArchitecture] = []
  /// In place of `architectures`: what applies on which machine.
  package var archMap: [ArchitectureFamily] = []
  package var flags: [Flag] = []
  package var listenerPath: String?
  package var listenerMetadata: String?
  package var syscalls: [Rule] = []

  package init(defaultAction: Action) { self.defaultAction = defaultAction }

  package enum Action: String, CaseIterable, Sendable {
    case kill = "SCMP_ACT_KILL"
    case killProcess = "SCMP_ACT_KILL_PROCESS"
    case killThread = "SCMP_ACT_KILL_THREAD"
    case trap = "SCMP_ACT_TRAP"
    case errno = "SCMP_ACT_ERRNO"
    case trace = "SCMP_ACT_TRACE"
    case allow = "SCMP_ACT_ALLOW"
    case log = "SCMP_ACT_LOG"
    case notify = "SCMP_ACT_NOTIFY"

    /// Whether the call is made.
    package var permits: Bool { self == .allow || self == .log }
  }

  package enum Flag: String, CaseIterable, Sendable {
    case threadSync = "SECCOMP_FILTER_FLAG_TSYNC"
    case log = "SECCOMP_FILTER_FLAG_LOG"
    case speculationAllowed = "SECCOMP_FILTER_FLAG_SPEC_ALLOW"
    case waitKillable = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
  }

  /// An architecture, and those whose programs its kernels run, too.
  package struct ArchitectureFamily: Equatable, Sendable {
    package var architecture: ProfileArchitecture
    package var subArchitectures: [ProfileArchitecture]
  }

  /// What happens to the calls of some names.
  package struct Rule: Equatable, Sendable {
    package var names: [String]
    package var action: Action
    /// The number that `errno` or `trace` returns.
    package var errnoRet: UInt32?
    /// The same as a name.
    package var errno: String?
    /// All of these must hold.
    package var args: [Argument] = []
    package var comment: String?
    /// Where the rule applies, and where it does not.
    package var includes = Condition()
    package var excludes = Condition()

    package init(_ names: [String], _ action: Action, comment: String? = nil) {
      self.names = names
      self.action = action
      self.comment = comment
    }

    /// Whether the rule applies on each node, to each container, and to all arguments.
    package var isUnconditional: Bool { args.isEmpty && includes.isEmpty && excludes.isEmpty }
  }

  /// A comparison of one argument of a call.
  package struct Argument: Equatable, Hashable, Sendable {
    package enum Operation: String, CaseIterable, Sendable {
      case notEqual = "SCMP_CMP_NE"
      case less = "SCMP_CMP_LT"
      case lessOrEqual = "SCMP_CMP_LE"
      case equal = "SCMP_CMP_EQ"
      case greaterOrEqual = "SCMP_CMP_GE"
      case greater = "SCMP_CMP_GT"
      case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }

    /// The argument's index, from 0.
    package var index: UInt32
    package var operation: Operation
    /// What it is compared with; for `maskedEqual` the mask.
    package var value: UInt64
    /// For `maskedEqual` what the masked argument is compared with; else 0.
    package var valueTwo: UInt64

    package init(index: UInt32, operation: Operation, value: UInt64, valueTwo: UInt64 = 0) {
      self.index = index
      self.operation = operation
      self.value = value
      self.valueTwo = valueTwo
    }
  }

  /// What a rule asks of the node and the container.
  package struct Condition: Equatable, Sendable {
    /// Capabilities, such as `CAP_SYS_ADMIN`.
    package var caps: [String] = []
    /// Machines, by Go's names, such as `amd64`.
    package var arches: [String] = []
    /// The oldest kernel, such as `4.8`. Only moby reads it.
    package var minKernel: String?

    package var isEmpty: Bool { self == Condition() }
  }
}
