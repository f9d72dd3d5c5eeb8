internal import AuditRecord
internal import AuditSource
internal import EnrichedLog
internal import LinuxSystem
internal import ProcessEvents
internal import ProcessTracking

extension Doctor {
  /// Checks for which filter actions the kernel creates records.
  // See: Documentation/userspace-api/seccomp_filter.rst
  func actionsLogged() -> Finding {
    let check = "actions_logged"
    let path = "/proc/sys/kernel/seccomp/actions_logged"
    guard let text = try? SmallFile.read(path) else {
      return .warning(
        check, "\(path) cannot be read",
        remedy: "the kernel may be older than 4.14, which cannot log seccomp actions")
    }
    let logged = text.split(whereSeparator: \.isWhitespace)
    let available = (try? SmallFile.read("/proc/sys/kernel/seccomp/actions_avail")) ?? "log"
    // The kernel never logs that a syscall was allowed.
    let missing = available.split(whereSeparator: \.isWhitespace).filter {
      $0 != "allow" && !logged.contains($0)
    }
    guard !missing.isEmpty else { return .ok(check, logged.joined(separator: " ")) }
    let remedy = "sysctl -w kernel.seccomp.actions_logged='\((logged + missing).joined(separator: " "))'"
    guard !missing.contains("log") else {
      return .failed(check, "'log' is missing: SCMP_ACT_LOG makes no records", remedy: remedy)
    }
    return .warning(
      check, "these actions make no records, whatever a filter requests: \(missing.joined(separator: " "))",
      remedy: remedy)
  }

  func auditStatus() -> Finding {
    let check = "audit"
    do throws(SourceError) {
      let status = try AuditControl().status()
      var found =
        "enabled=\(status.enabled) backlog=\(status.backlog)/\(status.backlogLimit) lost=\(status.lost)"
      if status.pid != 0 {
        let name = (try? SmallFile.read("\(settings.procRoot)/\(status.pid)/comm"))?.printable
        found += " registered=\(name?.split(separator: "?").first ?? "process") (\(status.pid))"
      } else {
        found += " registered=none"
      }
      guard status.rateLimit == 0 else {
        return .warning(
          check, "\(found) rate_limit=\(status.rateLimit): more records than that are dropped",
          remedy: "auditctl -r 0")
      }
      return .ok(check, found)
    } catch {
      return Finding(
        check: check, verdict: error.isPermission ? .warning : .failed, found: error.failure,
        remedy: Self.remedy(error))
    }
  }

  func excludeRules() -> Finding {
    let check = "exclude rules"
    do throws(SourceError) {
      let rules = try AuditControl().excludeRules()
      for type in settings.records.types {
        let worst = rules.map { $0.hides(type) }.max() ?? .nothing
        guard worst != .nothing else { continue }
        let what = type == .seccomp ? "SECCOMP records" : "records of AppArmor and SELinux"
        let found =
          "a rule excludes \(what) (type \(type.number))\(worst == .all ? "" : " of some processes")"
        return Finding(
          check: check, verdict: worst == .all ? .failed : .warning,
          found: "\(found): the kernel drops them without counting", remedy: Self.excludeRemedy(type.number))
      }
      return .ok(check, "\(rules.count), none excludes records that become lines")
    } catch {
      return .warning(check, error.failure, remedy: Self.remedy(error))
    }
  }

  private static func excludeRemedy(_ type: UInt16) -> String {
    "see 'auditctl -l'; replace it by two that leave out type \(type): -a always,exclude -F msgtype<\(type), and -a always,exclude -F msgtype>\(type) with the old limit"
  }

  /// What the service needs in order to read many process events at a time instead of one by one.
  static let batchingNeeds =
    "fewer wake-ups need a second socket (audit-enricher-starters.socket) and a receive buffer of 1 MiB or more"

  func processEvents() -> Finding {
    let check = "process events"
    do throws(ProcessConnector.Unavailable) {
      let connector = try ProcessConnector.open()
      let found = "the process connector answers; receive buffer \(connector.receiveBuffer >> 10) KiB"
      let hasStartersSocket = if let _ = StartersSocket.open(beside: connector) { true } else { false }
      guard DrainSchedule(capacity: connector.capacity, hasStartersSocket: hasStartersSocket).period == nil
      else {
        return .ok(check, found)
      }
      return .ok(check, "\(found); each event would wake the service: \(Self.batchingNeeds)")
    } catch {
      return .warning(
        check, error.description,
        remedy: "without them short-lived processes are unresolved: /proc is read when their record arrives")
    }
  }
}
