internal import AuditSource
internal import Logging
internal import ServiceLog
internal import Settings

extension Logger {
  /// Warns of rules that hide records, because no counter shows those records. Reports nothing if the rules may not be read: that
  /// needs CAP_AUDIT_CONTROL, which a privileged pod has and the unit does not. `doctor`, as root, always checks them.
  func reportExcludeRules(for settings: Settings) {
    if case .file = settings.source { return }
    guard let rules = try? AuditControl().excludeRules() else { return }
    for type in settings.records.types {
      guard let worst = rules.map({ $0.hides(type) }).max(), worst != .nothing else { continue }
      report(
        .excludeRule,
        "a rule of the kernel's exclude list drops \(worst == .all ? "all" : "some") \(type.name) records; see 'auditctl -l' and 'audit-enricher doctor'"
      )
    }
  }
}
