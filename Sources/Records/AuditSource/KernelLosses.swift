/// Reads the kernel's own count of records that it lost before any socket: because its backlog was full, or because of its rate limit.
// See: audit_log_lost() in kernel/audit.c
package struct KernelLosses: ~Copyable {
  private let control: AuditControl
  private var reported: UInt32

  /// Returns nil if the count is not readable, which needs CAP_AUDIT_CONTROL.
  package init?() {
    guard let control = try? AuditControl(), let status = try? control.status() else { return nil }
    self.control = control
    reported = status.lost
  }

  /// The difference of two counter values. The counter has 32 bits and wraps, and 'auditctl --reset-lost' may reset it to 0.
  package static func lost(from before: UInt32, to now: UInt32) -> UInt64 {
    let more = now &- before
    return UInt64(more < 1 << 31 ? more : now)
  }

  /// Returns the losses since the last call. If the kernel does not answer in time, the next call includes them.
  package mutating func drain(within milliseconds: Int32 = 5) -> UInt64 {
    guard let status = try? control.status(within: milliseconds) else { return 0 }
    defer { reported = status.lost }
    return Self.lost(from: reported, to: status.lost)
  }
}
