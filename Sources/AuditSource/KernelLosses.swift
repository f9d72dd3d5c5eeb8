/// The kernel's own count of records that it lost, for want of room or by its rate limit, before any socket.
// See: audit_log_lost() in kernel/audit.c
public struct KernelLosses: ~Copyable {
  private let control: AuditControl
  private var told: UInt32

  /// nil where the count may not be read: that needs CAP_AUDIT_CONTROL.
  public init?() {
    guard let control = try? AuditControl(), let status = try? control.status() else { return nil }
    self.control = control
    told = status.lost
  }

  /// What was lost since the last call. If the kernel does not answer at once, the next call tells.
  public mutating func take() -> UInt64 {
    guard let status = try? control.status(within: 5) else { return 0 }
    defer { told = status.lost }
    // The kernel's counter has 32 bits and may be set to 0 with 'auditctl --reset-lost'.
    return status.lost >= told ? UInt64(status.lost - told) : UInt64(status.lost)
  }
}
