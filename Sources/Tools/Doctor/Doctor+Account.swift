internal import AuditSource
internal import Metrics
internal import Settings

extension Doctor {
  /// Checks what the service itself reports in its metrics.
  func metricsFindings(at address: MetricsAddress?, _ node: Node) async -> [Finding] {
    let check = "service metrics"
    guard let address else {
      return [
        .warning(
          check, "no metrics address is configured, so losses and missing names are unknown",
          remedy: "set \(Setting.metricsListen.variable) for the service")
      ]
    }
    do {
      let page = MetricsPage(try await fetch(address))
      guard let version = page.samples(of: "build_info").first?.label else {
        return [.warning(check, "another program listens at \(address)", remedy: "see --metrics-listen")]
      }
      let found = "\(address) answers, version \(version)"
      return [
        .ok(check, found), isWriting(page), lines(page), losses(page), buffer(page), events(page),
        names(page),
        runtime(page), processes(page, node), owners(page, node),
      ]
    } catch {
      return [
        .warning(
          check, "\(error)",
          remedy:
            "systemctl restart audit-enricher-metrics.socket audit-enricher.service, or see --metrics-listen")
      ]
    }
  }

  /// Checks whether the service can write. A blocked output stops everything, and only the service can see it.
  private func isWriting(_ page: MetricsPage) -> Finding {
    let check = "service output"
    guard page.value(of: "responding") == 1 else {
      let blocked = page.value(of: "output_blocked_seconds") ?? 0
      guard blocked > 0 else {
        return .failed(
          check, "the thread that reads records does not respond", remedy: "systemctl restart audit-enricher")
      }
      return .failed(
        check, "blocked: it has accepted nothing for \(blocked) s",
        remedy:
          "check what receives its lines: a pipe's reader that has stopped reading, journald, a full or slow disk"
      )
    }
    return .ok(check, "accepts lines")
  }

  /// Proposes to count equal records where each of very many has a line.
  private func lines(_ page: MetricsPage) -> Finding {
    let check = "service lines"
    let busiest = page.value(of: "busiest_minute_lines") ?? 0
    let found = "\(page.value(of: "lines_total") ?? 0), in the busiest minute \(busiest)"
    // 1,000 a second.
    guard busiest > 60_000, settings.aggregation == nil else { return .ok(check, found) }
    return .warning(
      check, found,
      remedy: "\(Setting.aggregate.variable)=60s writes equal records as one line a minute, with their count")
  }

  private func losses(_ page: MetricsPage) -> Finding {
    let check = "service losses"
    let lost = page.samples(of: "losses_total").compactMap { sample in
      LossStage(rawValue: sample.label).flatMap { sample.value > 0 ? (stage: $0, count: sample.value) : nil }
    }
    let isGapCertain = page.value(of: "serial_gaps_certain") == 1
    let certain = lost.filter { $0.stage != .serialGap || isGapCertain }
    let gaps = lost.first { $0.stage == .serialGap && !isGapCertain }
    let advice =
      gaps.map { "; \($0.count) serial numbers did not arrive, most of them of other types of records" } ?? ""
    guard !certain.isEmpty else { return .ok(check, "none" + advice) }
    return .warning(
      check, certain.map { "\($0.stage.rawValue) \($0.count)" }.joined(separator: ", ") + advice,
      remedy: certain.map(\.stage.remedy).joined(separator: "; "))
  }

  private func buffer(_ page: MetricsPage) -> Finding {
    let check = "service buffer"
    guard let size = page.value(of: "receive_buffer_bytes"), size > 0 else {
      return .ok(check, "none: the service reads a file")
    }
    let used = page.value(of: "receive_queue_bytes") ?? 0
    let found = "\(used >> 10) of \(size >> 10) KiB wait to be read"
    guard used <= size / 2 else {
      return .warning(
        check, found, remedy: "the service does not keep up: is its output slow, or the machine overloaded?")
    }
    guard size >= UInt64(MulticastSource.wantedReceiveBuffer) else {
      return .warning(
        check, "\(found): a flood soon overruns so small a buffer",
        remedy: "ReceiveBuffer=256M in audit-enricher.socket, or CAP_NET_ADMIN, or a larger net.core.rmem_max"
      )
    }
    return .ok(check, found)
  }

  private func events(_ page: MetricsPage) -> Finding {
    let check = "service events"
    guard page.value(of: "process_connector_up") == 1 else {
      return .warning(
        check, "it receives no process events: short-lived processes are unresolved",
        remedy: "systemctl restart audit-enricher-process-events, then audit-enricher")
    }
    let found = "\(page.value(of: "process_events_total") ?? 0) process events received"
    guard page.value(of: "process_events_paced") == 0 else { return .ok(check, found) }
    return .ok(check, "\(found), each of which wakes it: \(Self.batchingNeeds)")
  }

  private func names(_ page: MetricsPage) -> Finding {
    let check = "service names"
    let records = page.samples(of: "records_total")
    let total = records.reduce(0) { $0 + $1.value }
    let missing = records.filter { ["unresolved", "no-cri"].contains($0.label) && $0.value > 0 }
    let found = "\(total) records" + missing.map { ", \($0.value) \($0.label)" }.joined()
    // A few unresolved records cannot be avoided.
    guard missing.reduce(0, { $0 + $1.value }) * 100 > total else { return .ok(check, found) }
    return .warning(
      check, found, remedy: "unresolved: see reason= in the lines; no-cri: see the container runtime")
  }

  private func runtime(_ page: MetricsPage) -> Finding {
    let check = "service runtime"
    let calls = page.samples(of: "cri_calls_total")
    let failed = calls.filter { $0.label != "ok" && $0.value > 0 }
    let answered = calls.first { $0.label == "ok" }?.value ?? 0
    let found = "\(answered) answers" + failed.map { ", \($0.value) \($0.label)" }.joined()
    // Requests that failed earlier, for example during a restart of the runtime, have been repeated.
    guard page.value(of: "cri_up") == 0, let worst = failed.max(by: { $0.value < $1.value }) else {
      return .ok(check, found)
    }
    let remedy =
      worst.label == "refused"
      ? "SupplementaryGroups= in the service's unit: the group that may open the socket"
      : "see the container runtime above; the service uses its own --cri-endpoint"
    return .failed(check, found, remedy: remedy)
  }
}

extension LossStage {
  /// What to do against losses at this point.
  fileprivate var remedy: String {
    switch self {
    case .socket:
      "socket: a larger ReceiveBuffer= in audit-enricher.socket, a faster output, or a limit for each container"
    case .kernel: "kernel: see rate_limit and backlog_limit with auditctl -s"
    case .serialGap: "serial-gap: a faster output, and a larger backlog_limit with auditctl -b"
    case .connector: "connector: a larger ReceiveBuffer= in audit-enricher-connector.socket"
    case .parked: "parked: the container runtime answers too slowly"
    case .suppressed: "suppressed: by the limit of --max-records-per-container"
    case .journal: "journal: is systemd-journald running?"
    case .rotation: "rotation: rotate the log less often, by renaming and not by copytruncate"
    case .memory: "memory: find out what killed the service, for example with coredumpctl list audit-enricher"
    }
  }
}
