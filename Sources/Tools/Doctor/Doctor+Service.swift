internal import EnrichedLog
internal import LinuxSystem
internal import Metrics
internal import Settings
internal import Systemd

extension Doctor {
  private static let unit = "audit-enricher.service"
  private static let metricsSocket = "audit-enricher-metrics.socket"
  /// The other units that the service needs, and the effect if one is missing.
  private static let helpers = [
    ("audit-enricher.socket", "records are lost while the service is restarted"),
    ("audit-enricher-connector.socket", "short-lived processes are unresolved"),
    ("audit-enricher-starters.socket", "each process event wakes the service"),
    ("audit-enricher-process-events.service", "short-lived processes are unresolved"),
  ]

  /// Checks the service that runs on this machine.
  func service(_ node: Node) async -> [Finding] {
    let check = "service"
    guard let systemd = SystemdManager(), let state = systemd.text("LoadState", .unit, of: Self.unit) else {
      return [.ok(check, "systemd does not answer here")]
        + (await metricsFindings(at: settings.metrics, node))
    }
    guard state != "not-found" else {
      return [.ok(check, "there is no \(Self.unit) here")]
        + (await metricsFindings(at: settings.metrics, node))
    }
    guard state != "masked" else {
      return [
        .failed(
          check, "masked: it cannot be started",
          remedy: "systemctl unmask audit-enricher; systemctl enable --now audit-enricher")
      ]
    }
    let active = systemd.text("ActiveState", .unit, of: Self.unit) ?? "unknown"
    var findings = [
      self.state(active, systemd), helpers(systemd), standardOutput(systemd), rateLimit(systemd),
    ]
    // A request to the metrics socket would start a stopped service.
    if ["active", "reloading"].contains(active) {
      let process = systemd.number("MainPID", .service, of: Self.unit) ?? 0
      findings += await metricsFindings(at: metricsAddress(of: process, systemd) ?? settings.metrics, node)
    }
    return findings
  }

  private func state(_ active: String, _ systemd: borrowing SystemdManager) -> Finding {
    let check = "service"
    let log = "journalctl -u audit-enricher -n 20"
    let result = systemd.text("Result", .service, of: Self.unit) ?? "unknown"
    switch active {
    case "active", "reloading":
      let restarts = systemd.number("NRestarts", .service, of: Self.unit) ?? 0
      let status = systemd.text("StatusText", .service, of: Self.unit) ?? ""
      let found = status.isEmpty ? active : "\(active): \(status.printable)"
      guard restarts == 0 else {
        return .warning(
          check, "\(found); systemd had to restart it \(restarts) times", remedy: "see why: \(log)")
      }
      guard systemd.text("UnitFileState", .unit, of: Self.unit) != "disabled" else {
        return .warning(
          check, "\(found); not enabled: the next boot will not start it",
          remedy: "systemctl enable audit-enricher")
      }
      return .ok(check, found)
    case "inactive":
      if systemd.number("ConditionResult", .unit, of: Self.unit, type: "b") == 0 {
        return .failed(
          check, "not started, because this kernel has no audit (ConditionSecurity=audit)",
          remedy: "remove audit=0 from the kernel's command line")
      }
      return .failed(check, "not running", remedy: "systemctl start audit-enricher")
    default:
      let why = result == "success" ? "not ready yet" : "result: \(result)"
      return .failed(check, "\(active), \(why)", remedy: "see why: \(log)")
    }
  }

  private func helpers(_ systemd: borrowing SystemdManager) -> Finding {
    let check = "service units"
    var missing: [(unit: String, effect: String)] = []
    for (unit, effect) in Self.helpers where systemd.text("ActiveState", .unit, of: unit) != "active" {
      missing.append((unit, effect))
    }
    guard let first = missing.first else { return .ok(check, "its sockets and process events are active") }
    let units = missing.map(\.unit).joined(separator: " ")
    return .warning(
      check, "not active: \(units): \(first.effect)",
      // One command restarts all of them, because a socket does not start while its service runs.
      remedy: "systemctl restart \(units) audit-enricher")
  }

  /// Checks where systemd sends the lines that are written to standard output.
  private func standardOutput(_ systemd: borrowing SystemdManager) -> Finding {
    let check = "unit output"
    let target = systemd.text("StandardOutput", .service, of: Self.unit) ?? "unknown"
    guard target == "null", settings.destination == .file("-") else {
      return .ok(check, target)
    }
    return .failed(
      check, "StandardOutput=null: lines are discarded",
      remedy: "StandardOutput=journal in the service's unit, or another --output")
  }

  /// Checks whether journald may drop lines of the service.
  private func rateLimit(_ systemd: borrowing SystemdManager) -> Finding {
    let check = "journal limit"
    guard let interval = systemd.number("LogRateLimitIntervalUSec", .service, of: Self.unit, type: "t"),
      let burst = systemd.number("LogRateLimitBurst", .service, of: Self.unit)
    else {
      return .warning(
        check, "systemd does not report it", remedy: "see 'systemctl show audit-enricher | grep LogRateLimit'"
      )
    }
    guard interval > 0, burst > 0 else {
      return .warning(
        check,
        "the service's unit sets none: journald drops lines beyond the limit in journald.conf",
        remedy: Self.noRateLimit)
    }
    // No kernel is known to create records faster.
    let perSecond = Double(burst) / (Double(interval) / 1_000_000)
    let found = "\(burst) lines in \(Double(interval) / 1_000_000) s"
    guard perSecond >= 500_000 else {
      return .warning(check, "journald drops lines beyond \(found)", remedy: Self.noRateLimit)
    }
    return .ok(check, found)
  }

  /// The address of the service's metrics: the socket that systemd provides, or else the one in the unit's environment, which
  /// also has precedence over the configuration file.
  private func metricsAddress(of process: UInt64, _ systemd: borrowing SystemdManager) -> MetricsAddress? {
    if systemd.text("ActiveState", .unit, of: Self.metricsSocket) == "active",
      let address = systemd.address(of: Self.metricsSocket)
    {
      return MetricsAddress(address.hasPrefix("/") ? "unix:\(address)" : address)
    }
    let name = "\(Setting.metricsListen.variable)="
    let environment = try? SmallFile.read("\(settings.procRoot)/\(process)/environ")
    return environment?.split(separator: "\0").last { $0.hasPrefix(name) }
      .flatMap { MetricsAddress(String($0.dropFirst(name.count))) }
  }
}
