package import AuditSource
internal import Clibseccomp
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A child process of this program under a real SCMP_ACT_LOG filter, whose records `demo` shows and `doctor` waits for.
package struct SeccompProbe: ~Copyable {
  /// The child's process ID.
  package let pid: Int32
  private let socket: Int32

  /// The syscalls that are logged. The child makes each of them once.
  private static let syscalls = ["getppid", "uname", "sched_yield", "getpgid"]
  /// The number of records that the child causes.
  package static var records: UInt64 { UInt64(syscalls.count) }

  /// The name of the hidden command that runs the child.
  package static let command = "seccomp-probe"

  /// The timeout for the child's syscalls in seconds: a machine may be slow.
  private static let timeout = 60

  /// Starts the child, and returns after it has made its syscalls. The child then stays alive, so that it can be looked up,
  /// until this value is destroyed.
  package init() throws(SourceError) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Self.notStarted(.last) }
    let child: pid_t
    do throws(Errno) {
      defer { close(ends[0]) }
      child = try Self.spawn(standardInput: ends[0])
    } catch {
      close(ends[1])
      throw Self.notStarted(error)
    }
    if let failure = Self.failure(reportedBy: ends[1]) {
      kill(child, SIGKILL)
      Self.wait(for: child, ends[1])
      throw failure
    }
    (pid, socket) = (child, ends[1])
  }

  deinit { Self.wait(for: pid, socket) }

  private static func notStarted(_ errno: Errno) -> SourceError {
    SourceError("cannot start a process", errno, remedy: "run as root once")
  }

  private static func spawn(standardInput: Int32) throws(Errno) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    let name = unsafe strdup("audit-enricher")
    let command = unsafe strdup(Self.command)
    defer {
      unsafe free(name)
      unsafe free(command)
    }
    let arguments = unsafe [name, command, nil]
    var child: pid_t = 0
    // The environment is empty, so that no variable of this process affects the child.
    var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
    let failed = unsafe posix_spawn(&child, "/proc/self/exe", &actions, nil, arguments, &environment)
    guard failed == 0 else { throw Errno(rawValue: failed) }
    return child
  }

  /// Waits until the child reports that it has made its syscalls. Returns the error if it has not.
  private static func failure(reportedBy socket: Int32) -> SourceError? {
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    _ = unsafe setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var code: UInt8 = 0
    while true {
      switch unsafe read(socket, &code, 1) {
      case 0:
        return SourceError(
          "a process under a LOG filter ended before it made a system call", nil,
          remedy: "see the kernel's log")
      case 1... where code == 0: return nil
      case 1...:
        return SourceError(
          "a process cannot set a seccomp filter that logs", Errno(rawValue: Int32(code)),
          remedy: "run where no seccomp filter applies yet, for example outside of containers")
      default:
        if Errno.last == .interrupted { continue }
        return SourceError(
          "a process under a LOG filter made no system call within a minute", nil,
          remedy: "see the machine's load")
      }
    }
  }

  /// Ends the child by closing the socket, and waits for it.
  private static func wait(for pid: pid_t, _ socket: Int32) {
    close(socket)
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0, Errno.last == .interrupted {}
  }

  /// Runs the child, until its parent closes the socket.
  package static func runChild() {
    let failure = setFilter()
    if failure == nil {
      // Without process events, a record is attributed with certainty only to a process that is at least 30 ms old.
      usleep(50_000)
      _ = getppid()
      var name = utsname()
      _ = unsafe uname(&name)
      _ = sched_yield()
      _ = getpgid(0)
    }
    // Linux has no errno above 133.
    var code = UInt8(truncatingIfNeeded: failure?.rawValue ?? 0)
    _ = unsafe write(0, &code, 1)
    // Waits until the parent closes the socket.
    while unsafe read(0, &code, 1) > 0 {}
  }

  /// Installs the filter. Returns the error if that fails.
  private static func setFilter() -> Errno? {
    // The filter that libseccomp allocates is freed by `seccomp_release`.
    guard let filter = unsafe seccomp_init(enricher_scmp_act_allow) else { return .noMemory }
    defer { unsafe seccomp_release(filter) }
    for name in syscalls {
      let number = unsafe seccomp_syscall_resolve_name(name)
      let failed = unsafe seccomp_rule_add_array(filter, enricher_scmp_act_log, number, 0, nil)
      if failed != 0 { return Errno(rawValue: -failed) }
    }
    let failed = unsafe seccomp_load(filter)
    // libseccomp returns ECANCELED for every error of the kernel, and leaves the kernel's error in errno.
    return failed == 0 ? nil : failed == -ECANCELED ? .last : Errno(rawValue: -failed)
  }
}
