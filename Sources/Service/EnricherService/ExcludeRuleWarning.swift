internal import AuditSource
internal import Logging
internal import ServiceLog
internal import Settings

extension Logger {
  /// Warns of rules that hide SECCOMP records, because no counter shows those records. Reports nothing if the rules may not be
  /// read: that needs CAP_AUDIT_CONTROL, which a privileged pod has and the unit does not. `doctor`, as root, always checks them.
  func reportExcludeRules(for source: Settings.Source) {
    if case .file = source { return }
    guard let rules = try? AuditControl().excludeRules(), let worst = rules.map(\.hidesSeccomp).max(),
      worst != .nothing
    else { return }
    report(
      .excludeRule,
      "a rule of the kernel's exclude list drops \(worst == .all ? "all" : "some") SECCOMP records; see 'auditctl -l' and 'audit-enricher doctor'"
    )
  }
}
