internal import LinuxSystem

extension ProcFS {
  /// Whether a process has a seccomp filter; nil if it does not run or may not be read.
  // See: man 5 proc_pid_status, Seccomp
  package func hasFilter(_ pid: Int32) -> Bool? {
    guard let status = try? SmallFile.read("\(root)/\(pid)/status"),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Seccomp:") })
    else { return nil }
    // 2 is SECCOMP_MODE_FILTER.
    return line.split(whereSeparator: \.isWhitespace).last == "2"
  }
}
