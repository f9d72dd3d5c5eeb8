internal import SyscallNames

/// Names of syscalls, as profiles and lines have them.
package enum SyscallName {
  /// Whether a text can be a name. Lines and profiles come from elsewhere; with this, a name needs no quotes anywhere.
  package static func isValid(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f }
  }

  /// Syscalls that give much power to whoever may make them, so that a person should look at a profile that allows one.
  package static let risky: Set<String> = [
    "bpf", "delete_module", "finit_module", "init_module", "kexec_file_load", "kexec_load", "keyctl", "mount",
    "open_by_handle_at", "perf_event_open", "ptrace", "setns", "unshare", "userfaultfd",
  ]

  /// Syscalls that libseccomp 2.5.4, which many nodes have, does not know. runc and crun ignore such a name in a profile: the call gets the
  /// default action.
  package static let newerThanLibseccomp254 = NewerSyscalls.since(Self.firstAfterLibseccomp254)

  private static let firstAfterLibseccomp254 = "cachestat"
}
