internal import AuditSource
internal import Metrics
internal import Settings

extension Doctor {
  /// Checks what the service itself reports in its metrics.
  func account(at address: MetricsAddress?, _ node: Node) async -> [Finding] {
    let check = "service metrics"
    guard let address else {
      return [
        .warning(
          check, "none to ask: what the service lost, or could not name, is not known here",
          remedy: "set \(Setting.metricsListen.variable) for the service")
      ]
    }
    do {
      let page = MetricsPage(try await fetch(address))
      guard let version = page.samples(of: "build_info").first?.label else {
        return [.warning(check, "\(address) is another program's", remedy: "see --metrics-listen")]
      }
      let found = "\(address) answers, version \(version)"
      return [
        .ok(check, found), isWriting(page), losses(page), buffer(page), events(page), names(page),
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
          check, "the thread that reads records does not answer", remedy: "systemctl restart audit-enricher")
      }
      return .failed(
        check, "blocked: nothing has been taken for \(blocked) s",
        remedy:
          "look at what reads its lines: a pipe's reader that stands still, journald, a full or slow disk")
    }
    return .ok(check, "lines are taken")
  }

  private func losses(_ page: MetricsPage) -> Finding {
    let check = "service losses"
    let lost = page.samples(of: "losses_total").compactMap { sample in
      LossPlace(rawValue: sample.label).flatMap { sample.value > 0 ? (place: $0, count: sample.value) : nil }
    }
    let isGapCertain = page.value(of: "serial_gaps_certain") == 1
    let told = lost.filter { $0.place != .serialGap || isGapCertain }
    let gaps = lost.first { $0.place == .serialGap && !isGapCertain }
    let advice =
      gaps.map { "; \($0.count) serials did not come to it, most of them other records' than SECCOMP" } ?? ""
    guard !told.isEmpty else { return .ok(check, "none" + advice) }
    return .warning(
      check, told.map { "\($0.place.rawValue) \($0.count)" }.joined(separator: ", ") + advice,
      remedy: told.map(\.place.remedy).joined(separator: "; "))
  }

  private func buffer(_ page: MetricsPage) -> Finding {
    let check = "service buffer"
    guard let size = page.value(of: "receive_buffer_bytes"), size > 0 else {
      return .ok(check, "it reads a file")
    }
    let used = page.value(of: "receive_queue_bytes") ?? 0
    let found = "\(used >> 10) of \(size >> 10) KiB wait to be read"
    guard used <= size / 2 else {
      return .warning(
        check, found, remedy: "the service does not keep up: is its output slow, or the machine full?")
    }
    guard size >= UInt64(MulticastSource.wantedReceiveBuffer) else {
      return .warning(
        check, "\(found): so small a buffer is full in a moment",
        remedy: "ReceiveBuffer=256M in audit-enricher.socket, or CAP_NET_ADMIN, or a larger net.core.rmem_max"
      )
    }
    return .ok(check, found)
  }

  private func events(_ page: MetricsPage) -> Finding {
    let check = "service events"
    guard page.value(of: "process_connector_up") == 1 else {
      return .warning(
        check, "no process events come to it: short-lived processes are unresolved",
        remedy: "systemctl restart audit-enricher-process-events, then audit-enricher")
    }
    let found = "\(page.value(of: "process_events_total") ?? 0) process events came"
    guard page.value(of: "process_events_paced") == 0 else { return .ok(check, found) }
    return .ok(check, "\(found), each of which wakes it: \(Self.unpaced)")
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
      check, found, remedy: "unresolved: the lines say why (reason=); no-cri: see the container runtime")
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
      : "see the container runtime above; the service asks the one of its own --cri-endpoint"
    return .failed(check, found, remedy: remedy)
  }
}

extension LossPlace {
  /// What to do against losses at this point.
  fileprivate var remedy: String {
    switch self {
    case .socket:
      "socket: a larger ReceiveBuffer= in audit-enricher.socket, a faster output, or a limit for each container"
    case .kernel: "kernel: see rate_limit and backlog_limit with auditctl -s"
    case .serialGap: "serial-gap: a faster output, and a larger backlog_limit with auditctl -b"
    case .connector: "connector: a larger ReceiveBuffer= in audit-enricher-connector.socket"
    case .parked: "parked: the container runtime answers too slowly"
    case .suppressed: "suppressed: as --max-records-per-container asks for"
    case .journal: "journal: is systemd-journald running?"
    case .rotation: "rotation: rotate the log less often, by renaming and not by copytruncate"
    case .memory: "memory: coredumpctl list audit-enricher, or who killed it"
    }
  }
}
