/// The syscalls that a container needs although its records may lack them: those of the runtime between the load of the filter and the
/// start of the program, and a few of each program that are rare.
///
/// Each list is the union over versions, so that a profile still works after the runtime is upgraded.
package enum RuntimeBase: String, CaseIterable, Sendable {
  /// runc 1.1 to 1.3.
  case runc
  /// crun 1.8 to 1.28.
  case crun

  /// What any program may need, recorded or not. Without `exit_group` a process cannot end. `restart_syscall` follows SIGCONT, and
  /// `rt_sigreturn` a signal.
  package static let always: Set<String> = [
    "execve", "exit", "exit_group", "restart_syscall", "rt_sigreturn",
  ]

  /// What is needed on these machines.
  package static func always(on architectures: [ProfileArchitecture]) -> Set<String> {
    let hasOldSignals = architectures.contains { $0.name == "x86" || $0.name == "arm" }
    return hasOldSignals ? always.union(oldSignals) : always
  }

  /// The `rt_sigreturn` of older 32-bit programs.
  package static let oldSignals: Set<String> = ["sigreturn"]

  /// What this runtime makes.
  package var syscalls: Set<String> {
    switch self {
    case .runc:
      // Observed, and what the runtime of Go makes now and then. clone was never seen, and a strict profile should do without it.
      [
        "capget", "capset", "chdir", "close", "close_range", "epoll_ctl", "epoll_pwait", "faccessat2",
        "fchown", "fcntl", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getpid", "getppid", "gettid",
        "madvise", "mmap", "mprotect", "munmap", "nanosleep", "newfstatat", "openat", "openat2", "prctl",
        "read", "rt_sigaction", "rt_sigprocmask", "sched_yield", "setgid", "setgroups", "setuid",
        "sigaltstack", "statx", "tgkill", "write",
      ]
    case .crun:
      // The last two replace close_range on kernels before 5.9.
      [
        "capset", "close", "close_range", "fchown", "fstat", "ioctl", "openat", "prctl", "pselect6", "read",
        "rt_sigaction", "rt_sigprocmask", "setgroups", "setresgid", "setresuid", "statx", "umask", "write",
        "fstatfs", "getdents64",
      ]
    }
  }

  /// Syscalls that a runtime tries and does without. They are powerful, so that a profile should not allow them for its sake.
  package static let optional: Set<String> = [
    "faccessat", "fsconfig", "fsmount", "fsopen", "open_tree", "uname",
  ]
}
