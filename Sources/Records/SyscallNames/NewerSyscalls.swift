/// Names of syscalls that the libseccomp of many nodes does not know yet, up to Linux 7.0.
// See: scripts/syscall.tbl and arch/x86/entry/syscalls/syscall_64.tbl in Linux
package enum NewerSyscalls {
  /// The first shared number. Since Linux 5.1 a new syscall has the same number, relative to the lowest one, on all machines.
  private static let firstShared: Int64 = 424

  private static let shared = [
    "pidfd_send_signal", "io_uring_setup", "io_uring_enter", "io_uring_register", "open_tree", "move_mount",
    "fsopen", "fsconfig", "fsmount", "fspick", "pidfd_open", "clone3", "close_range", "openat2",
    "pidfd_getfd",
    "faccessat2", "process_madvise", "epoll_pwait2", "mount_setattr", "quotactl_fd",
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "memfd_secret",
    "process_mrelease", "futex_waitv", "set_mempolicy_home_node", "cachestat", "fchmodat2",
    "map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue", "statmount", "listmount",
    "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat", "getxattrat",
    "listxattrat", "removexattrat", "open_tree_attr", "file_getattr", "file_setattr", "listns",
    "rseq_slice_yield",
  ]

  /// Syscalls that only x86_64 and x32 have. Only kernel code that is mapped into traced processes calls uretprobe() and uprobe().
  private static let ofX86: [Int64: String] = [335: "uretprobe", 336: "uprobe"]

  /// The names from the one of this list on, in the order of Linux's versions, and those that only x86_64 has. `first` has to be in the list.
  package static func since(_ first: String) -> Set<String> {
    guard let index = shared.firstIndex(of: first) else { preconditionFailure("no such syscall") }
    return Set(shared[index...] + ofX86.values)
  }

  /// The name of a syscall number, relative to the machine's lowest one; nil if it is not listed here.
  package static func name(of number: Int64, on architecture: String) -> String? {
    let index = number - firstShared
    if index >= 0, index < Int64(shared.count) { return shared[Int(index)] }
    return architecture == "x86_64" || architecture == "x32" ? ofX86[number] : nil
  }
}
