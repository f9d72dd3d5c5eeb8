/// The action that a seccomp filter returned for a syscall: the upper half of a record's `code=`.
// See: SECCOMP_RET_* in linux/seccomp.h
public enum SeccompAction: UInt32, CaseIterable, Sendable {
  case killThread = 0x0000_0000
  case trap = 0x0003_0000
  case errno = 0x0005_0000
  case userNotification = 0x7fc0_0000
  case trace = 0x7ff0_0000
  case log = 0x7ffc_0000
  case killProcess = 0x8000_0000

  /// The kernel's name, as in /proc/sys/kernel/seccomp/actions_logged.
  public var name: StaticString {
    switch self {
    case .killThread: "kill_thread"
    case .trap: "trap"
    case .errno: "errno"
    case .userNotification: "user_notif"
    case .trace: "trace"
    case .log: "log"
    case .killProcess: "kill_process"
    }
  }

  /// Whether the action kills the process or thread.
  public var isKill: Bool { self == .killProcess || self == .killThread }

  /// Whether `code` can only be a known action whose last digits were cut off.
  ///
  /// The kernel writes actions without leading zeros, so a truncated action is smaller by a power of sixteen.
  static func isCutOff(_ code: UInt32) -> Bool {
    guard code != 0 else { return false }
    return allCases.contains { action in
      var rest = action.rawValue
      while rest > code { rest >>= 4 }
      return rest == code
    }
  }
}
