internal import AuditSource
package import Enrichment
package import Logging
package import ProcFS
internal import ServiceLog

/// Reports in the service's own log which records were lost or not read. Other parts count them; the number of reports is limited.
package struct RecordReports {
  /// The subjects of reports. Each has its own limit.
  private enum Subject: Int, CaseIterable {
    case socket, kernel, rotation, rejected, unread, journal, lookups, malformed

    /// The maximum of reports per minute.
    var maxCount: Int {
      switch self {
      case .socket, .kernel, .rotation: 10
      case .rejected, .unread, .journal, .lookups, .malformed: 1
      }
    }
  }

  /// All counts at one time.
  package struct Totals {
    package var counters = Counters()
    /// Why the last malformed record could not be parsed.
    package var lastMalformation: String?
    /// Datagrams that other senders than the kernel sent.
    package var rejected: UInt64 = 0
    /// nil if no processes are looked up.
    package var procFailures: ProcFailures?

    package init() {}
  }

  private let log: Logger
  /// Whether lines that were not read are reported. A replay does not: its summary has them.
  private let reportsUnread: Bool
  private var limits = Subject.allCases.map { ReportLimit(maxCount: $0.maxCount) }

  package init(log: Logger, reportsUnread: Bool) {
    self.log = log
    self.reportsUnread = reportsUnread
  }

  /// Reports what may be reported now, in milliseconds since boot.
  package mutating func report(_ totals: Totals, at now: Int64) { report(totals, at: now, isEnd: false) }

  /// Reports everything that is still pending, at the end.
  package mutating func reportRest(_ totals: Totals, at now: Int64) { report(totals, at: now, isEnd: true) }

  /// Milliseconds until a pending report may be made; nil if none is pending.
  package func wait(at now: Int64) -> Int64? {
    var wait: Int64?
    for limit in limits { wait = earlier(wait, limit.wait(at: now)) }
    return wait
  }

  private mutating func report(_ totals: Totals, at now: Int64, isEnd: Bool) {
    func due(_ subject: Subject, _ total: UInt64) -> UInt64? {
      limits[subject.rawValue].due(of: total, at: now, isEnd: isEnd)
    }
    let losses = totals.counters.losses
    for (subject, stage) in [(Subject.socket, LossStage.socket), (.kernel, .kernel), (.rotation, .rotation)] {
      guard let count = due(subject, losses[stage]) else { continue }
      log.report(.loss, "audit records lost", ["count": "\(count)", "where": "\(stage.rawValue)"])
    }
    if let count = due(.rejected, totals.rejected) {
      log.warning(
        "datagrams from senders other than the kernel were ignored", metadata: ["count": "\(count)"])
    }
    if reportsUnread, due(.unread, totals.counters.unread.total) != nil {
      for explanation in totals.counters.unread.explanations { log.warning("\(explanation)") }
    }
    if let count = due(.journal, losses[.journal]) {
      log.report(.loss, "journald did not accept records", ["count": "\(count)"])
    }
    if let failures = totals.procFailures, let count = due(.lookups, failures.failedLookups) {
      var metadata: Logger.Metadata = ["count": "\(count)"]
      for kind in ProcFailures.Kind.allCases where kind != .noProcesses && failures[kind] > 0 {
        metadata[kind.rawValue] = "\(failures[kind])"
      }
      log.warning(
        "processes could not be looked up: their records may be unresolved; see 'audit-enricher doctor'",
        metadata: metadata)
    }
    if let malformation = totals.lastMalformation, let count = due(.malformed, totals.counters.malformed) {
      log.warning(
        "malformed SECCOMP records", metadata: ["count": "\(count)", "last": "\(malformation)"])
    }
  }
}
