internal import AuditSource
internal import Logging
internal import ServiceLog
internal import Settings

extension Logger {
  /// Warns of rules that hide SECCOMP records, for nothing counts those. Says nothing where rules may not be read, which needs
  /// CAP_AUDIT_CONTROL: the unit does not have it, a privileged pod has. `doctor`, as root, always looks.
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
