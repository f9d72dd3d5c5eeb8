internal import AuditSource
internal import Clibseccomp
internal import Glibc
internal import LinuxSystem
public import SystemPackage

/// A child process of this program under a real SCMP_ACT_LOG filter: what `demo` shows and `doctor` looks for.
public struct SeccompProbe: ~Copyable {
  /// The child's process ID.
  public let pid: Int32
  private let socket: Int32

  /// The child's logged syscalls, each of which it makes once.
  private static let syscalls = ["getppid", "uname", "sched_yield", "getpgid"]
  /// How many records it makes.
  static var records: UInt64 { UInt64(syscalls.count) }

  /// The name of the hidden command that becomes the child.
  public static let command = "seccomp-probe"

  /// Starts the child, and returns once it has made its syscalls: a machine may be slow. Then it waits, so that it can be looked at,
  /// until this value ends.
  public init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .last }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    let name = unsafe strdup("audit-enricher")
    let command = unsafe strdup(Self.command)
    defer {
      unsafe free(name)
      unsafe free(command)
    }
    let arguments = unsafe [name, command, nil]
    var child: pid_t = 0
    // Its environment is empty: no variable of ours shall matter to it.
    var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
    let failed = unsafe posix_spawn(&child, "/proc/self/exe", &actions, nil, arguments, &environment)
    close(ends[0])
    guard failed == 0 else {
      close(ends[1])
      throw Errno(rawValue: failed)
    }
    pid = child
    socket = ends[1]
    // One that fails says so itself, and ends.
    var byte: UInt8 = 0
    while unsafe read(socket, &byte, 1) < 0, Errno.last == .interrupted {}
  }

  deinit {
    close(socket)
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0, Errno.last == .interrupted {}
  }

  /// The child's whole life. Returns why no filter could be set, or nil at its end.
  public static func beTheChild() -> Errno? {
    // libseccomp frees what it gave.
    guard let filter = unsafe seccomp_init(enricher_scmp_act_allow) else { return .noMemory }
    defer { unsafe seccomp_release(filter) }
    for name in syscalls {
      let number = unsafe seccomp_syscall_resolve_name(name)
      _ = unsafe seccomp_rule_add_array(filter, enricher_scmp_act_log, number, 0, nil)
    }
    let failed = unsafe seccomp_load(filter)
    guard failed == 0 else { return Errno(rawValue: -failed) }

    _ = getppid()
    var name = utsname()
    _ = unsafe uname(&name)
    _ = sched_yield()
    _ = getpgid(0)
    var byte: UInt8 = 0
    _ = unsafe write(0, &byte, 1)
    // Until the parent has seen enough.
    while unsafe read(0, &byte, 1) > 0 {}
    return nil
  }
}
