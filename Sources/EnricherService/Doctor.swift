internal import AuditSource
internal import CLinuxAudit
public import ContainerRuntime
internal import FoundationEssentials
internal import Glibc
internal import LinuxSystem
internal import ProcessTable

/// Says whether records will arrive, be attributed and be written here, and what to do if not.
public struct Doctor: Sendable {
  /// One check's result.
  public struct Finding: Sendable, Codable {
    public enum Verdict: String, Sendable, Codable {
      case ok
      /// Works, but not as well as it could, or could not be looked at.
      case warning
      /// Stands in the way.
      case failed
    }
    /// What was looked at: a word or two.
    public var check: String
    public var verdict: Verdict
    /// What was found.
    public var found: String
    /// What to do; empty if nothing.
    public var remedy: String
  }

  let settings: Settings
  private let connect: RuntimeConnector

  /// `connect` reaches the container runtime that the settings name.
  public init(settings: Settings, connect: @escaping RuntimeConnector) {
    self.settings = settings
    self.connect = connect
  }

  /// Makes all checks. Starts a process of its own under a LOG filter, and changes nothing.
  public func examine() async -> [Finding] {
    var findings = [
      networkNamespace(), processNamespace(), cgroupVersion(), actionsLogged(), auditStatus(),
      excludeRules(), processEvents(),
    ]
    findings += (try? await OwnThread.run { [settings] in Self.recordsArrive(settings) }) ?? []
    findings += [filters(), dropsAtSockets(), droppedByJournal()]
    findings += await containerRuntime()
    findings.append(output())
    return findings
  }

  /// The findings as a table, for people.
  public static func text(_ findings: [Finding]) -> String {
    var lines: [String] = []
    for finding in findings {
      let verdict = "\(finding.verdict)".uppercased()
      lines.append("\(verdict.padded(to: 8))\(finding.check.padded(to: 20))\(finding.found)")
      if !finding.remedy.isEmpty { lines.append("\("".padded(to: 28))-> \(finding.remedy)") }
    }
    return lines.joined(separator: "\n")
  }

  /// The findings as JSON, for fleets.
  public static func json(_ findings: [Finding]) -> String {
    struct Report: Codable {
      var ok: Bool
      var checks: [Finding]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let report = Report(ok: !findings.contains { $0.verdict == .failed }, checks: findings)
    // Strings and booleans can always be encoded.
    guard let data = try? encoder.encode(report) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  // MARK: Checks

  private func ok(_ check: String, _ found: String) -> Finding {
    Finding(check: check, verdict: .ok, found: found, remedy: "")
  }

  /// The kernel's audit multicast speaks in the initial network namespace only; elsewhere joining works, too.
  private func networkNamespace() -> Finding {
    let check = "network namespace"
    guard let own = link("/proc/self/ns/net"), let initial = link("\(settings.procRoot)/1/ns/net")
    else {
      return Finding(
        check: check, verdict: .warning, found: "cannot be compared with that of process 1",
        remedy: "if no records arrive, make sure that this runs in the host's network namespace")
    }
    if own == initial { return ok(check, "that of process 1") }
    return Finding(
      check: check, verdict: .failed, found: "not that of process 1: no record will arrive",
      remedy: "run in the host's (hostNetwork: true; no PrivateNetwork=), or with a socket unit")
  }

  /// Records name processes by their ID in the initial namespace.
  private func processNamespace() -> Finding {
    let check = "PID namespace"
    let status = (try? SmallFile.read("/proc/self/status")) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("NSpid:") }
    // One ID for each namespace that the process is in.
    guard let line, line.split(whereSeparator: \.isWhitespace).count == 2 else {
      return Finding(
        check: check, verdict: settings.procRoot == "/proc" ? .failed : .warning,
        found: "not the host's: /proc shows other process IDs than records have",
        remedy: "run in the host's (hostPID: true), or give the host's /proc with --proc-root")
    }
    return ok(check, "the host's, as far as can be seen from inside")
  }

  private func processEvents() -> Finding {
    let check = "process events"
    do throws(ProcessConnector.Unavailable) {
      let connector = try ProcessConnector.open()
      return ok(check, "the process connector answers; receive buffer \(connector.receiveBuffer >> 10) KiB")
    } catch {
      return Finding(
        check: check, verdict: .warning, found: error.description,
        remedy: "without them short-lived processes are unresolved: /proc is asked when their record arrives")
    }
  }

  private func cgroupVersion() -> Finding {
    let controllers = "/sys/fs/cgroup/cgroup.controllers"
    let version = (try? SmallFile.read(controllers)) != nil ? "v2" : "v1 or hybrid"
    guard ProcFS(root: settings.procRoot).owner(of: 1) != nil else {
      return Finding(
        check: "cgroup", verdict: .failed,
        found: "\(version), but \(settings.procRoot)/1/cgroup cannot be read",
        remedy: "mount /proc without hidepid, or name the host's with --proc-root")
    }
    return ok("cgroup", version)
  }

  private func actionsLogged() -> Finding {
    let path = "/proc/sys/kernel/seccomp/actions_logged"
    guard let text = try? SmallFile.read(path) else {
      return Finding(
        check: "actions_logged", verdict: .warning, found: "\(path) cannot be read",
        remedy: "the kernel may be older than 4.14, which cannot log seccomp actions")
    }
    let actions = text.split(whereSeparator: \.isWhitespace)
    if actions.contains("log") { return ok("actions_logged", actions.joined(separator: " ")) }
    return Finding(
      check: "actions_logged", verdict: .failed,
      found: "'log' is not among them: SCMP_ACT_LOG makes no records",
      remedy: "sysctl -w kernel.seccomp.actions_logged='\((actions + ["log"]).joined(separator: " "))'")
  }

  private func auditStatus() -> Finding {
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
        return Finding(
          check: check, verdict: .warning,
          found: "\(found) rate_limit=\(status.rateLimit): more records than that are dropped",
          remedy: "auditctl -r 0")
      }
      return ok(check, found)
    } catch {
      return Finding(
        check: check, verdict: error.isPermission ? .warning : .failed, found: error.operation,
        remedy: error.remedy)
    }
  }

  private func excludeRules() -> Finding {
    let check = "exclude rules"
    do throws(SourceError) {
      let rules = try AuditControl().excludeRules()
      if rules.contains(where: { $0.allSatisfy(\.holdsForSeccomp) }) {
        return Finding(
          check: check, verdict: .failed,
          found: "one hides SECCOMP records (type 1326): the kernel drops them uncounted",
          remedy:
            "replace it by two: -a always,exclude -F msgtype<1326, and -a always,exclude -F msgtype>1326 with the old limit"
        )
      }
      return ok(check, "\(rules.count), none hides SECCOMP records (type 1326)")
    } catch {
      return Finding(
        check: check, verdict: .warning, found: error.operation, remedy: error.remedy)
    }
  }

  private static func recordsArrive(_ settings: Settings) -> [Finding] {
    var source: MulticastSource
    do throws(SourceError) { source = try MulticastSource() } catch {
      return [
        Finding(
          check: "multicast group", verdict: .failed, found: error.operation, remedy: error.remedy)
      ]
    }
    let buffer = source.receiveBuffer ?? 0
    let enough = buffer >= Int64(MulticastSource.wantedReceiveBuffer)
    var findings = [
      Finding(
        check: "multicast group", verdict: enough ? .ok : .warning,
        found: "joined; receive buffer \(buffer >> 10) KiB",
        remedy: enough
          ? "" : "needs CAP_NET_ADMIN, a socket unit, or a larger net.core.rmem_max: a flood may overrun it")
    ]
    let check = "records"
    do {
      let probe = try SeccompProbe()
      var batch = RecordBatch()
      let deadline = Moment.now.sinceBoot + 3000
      let mark = " pid=\(probe.pid) "
      while Moment.now.sinceBoot < deadline {
        source.wait(milliseconds: 100)
        _ = try source.read(into: &batch)
        for index in 0..<batch.count where batch.text(at: index).contains(mark) {
          return findings + [
            Finding(
              check: check, verdict: .ok, found: "a process under a LOG filter makes records that arrive",
              remedy: "")
          ]
        }
      }
      findings.append(
        Finding(
          check: check, verdict: .failed,
          found: "a process under a LOG filter made records, and none arrived",
          remedy: "see the network namespace, actions_logged and the exclude rules above"))
    } catch {
      findings.append(
        Finding(
          check: check, verdict: .failed, found: "cannot be tried: \(error)",
          remedy: "run as root once"))
    }
    return findings
  }

  private func containerRuntime() async -> [Finding] {
    let check = "container runtime"
    let candidates = settings.runtime.candidates
    guard !candidates.isEmpty else {
      return [
        Finding(
          check: check, verdict: .warning, found: "none, as asked for: containers will have no names",
          remedy: "set --cri-endpoint")
      ]
    }
    var failure: CRIError?
    for endpoint in candidates {
      do throws(CRIError) {
        let client = connect(endpoint)
        let version = try await client.version()
        let containers = try await client.containers()
        return [
          ok(
            check,
            "\(version.name) \(version.version) at \(endpoint), \(containers.count) containers and sandboxes")
        ]
      } catch {
        if failure == nil || error.kind != .missing { failure = error }
      }
    }
    return [
      Finding(
        check: check, verdict: .failed, found: failure.map { "\($0)" } ?? "none",
        remedy: "records will have container IDs, but no names, until it answers")
    ]
  }

  private func output() -> Finding {
    guard settings.output != "-" else { return ok("output", "standard output") }
    guard unsafe access(settings.output, W_OK) == 0 || errno == ENOENT else {
      return Finding(
        check: "output", verdict: .failed, found: "\(settings.output) cannot be written",
        remedy: "change its owner or mode, or --output")
    }
    return ok("output", settings.output)
  }

  private func link(_ path: String) -> String? {
    var target = [UInt8](repeating: 0, count: 256)
    let count = unsafe target.withUnsafeMutableBytes { unsafe readlink(path, $0.baseAddress!, $0.count) }
    return count > 0 ? String(decoding: target[..<count], as: UTF8.self) : nil
  }
}

extension AuditControl.Comparison {
  /// Whether a record of type 1326 meets it. Of fields other than the type it is not known: then it may not.
  fileprivate var holdsForSeccomp: Bool {
    guard field == UInt32(AUDIT_MSGTYPE) else { return false }
    let type = UInt32(linux_audit_seccomp)
    switch `operator` {
    case UInt32(AUDIT_EQUAL): return type == value
    case UInt32(AUDIT_NOT_EQUAL): return type != value
    case UInt32(AUDIT_LESS_THAN): return type < value
    case UInt32(AUDIT_LESS_THAN | AUDIT_EQUAL): return type <= value
    case UInt32(AUDIT_GREATER_THAN): return type > value
    case UInt32(AUDIT_GREATER_THAN | AUDIT_EQUAL): return type >= value
    default: return false
    }
  }
}

extension String {
  package func padded(to width: Int) -> String {
    count >= width ? self + " " : self + String(repeating: " ", count: width - count)
  }
}
