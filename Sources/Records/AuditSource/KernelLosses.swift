/// The kernel's own count of records that it lost, for want of room or by its rate limit, before any socket.
// See: audit_log_lost() in kernel/audit.c
package struct KernelLosses: ~Copyable {
  private let control: AuditControl
  private var told: UInt32

  /// nil where the count may not be read: that needs CAP_AUDIT_CONTROL.
  package init?() {
    guard let control = try? AuditControl(), let status = try? control.status() else { return nil }
    self.control = control
    told = status.lost
  }

  /// What the kernel's counter says: it has 32 bits and begins anew, and may be set to 0 with 'auditctl --reset-lost'.
  package static func lost(from before: UInt32, to now: UInt32) -> UInt64 {
    let more = now &- before
    return UInt64(more < 1 << 31 ? more : now)
  }

  /// What was lost since the last call. If the kernel does not answer within so many milliseconds, the next call tells.
  package mutating func take(within milliseconds: Int32 = 5) -> UInt64 {
    guard let status = try? control.status(within: milliseconds) else { return 0 }
    defer { told = status.lost }
    return Self.lost(from: told, to: status.lost)
  }
}
