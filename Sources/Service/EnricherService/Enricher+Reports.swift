internal import AuditSource
internal import Enrichment
internal import Logging
internal import ProcFS
internal import ProcessTracking
internal import ServiceLog
internal import Synchronization

/// What the service reports at its start, and when process events are lost and restored.
extension Enricher {
  func reportLeftovers(in store: RecordStore, _ pipeline: borrowing Pipeline) {
    if store.unfinished > 0 || pipeline.isWaiting {
      log.notice(
        "writing records that the last run had read and not written; a few lines may appear twice",
        metadata: ["records": "\(store.unfinished + pipeline.waitingCount)"])
    }
    if pipeline.tornChunks > 0 {
      log.warning(
        "stored records that waited for names are damaged", metadata: ["chunks": "\(pipeline.tornChunks)"])
    }
  }

  /// Reports what prevents records from being read or attributed.
  func reportLimits(of tracker: ProcessTracker?) {
    if namespaces.showsProcessesOfRecords == false {
      log.warning(
        "\(settings.procRoot) does not show the host's PID namespace: processes are unresolved; see 'audit-enricher doctor'"
      )
    } else if let unavailable = tracker?.unavailable {
      log.report(
        .noProcessEvents,
        "\(unavailable): short-lived processes may be unresolved; see 'audit-enricher doctor'")
    }
    if let tracker, tracker.procFailures[.noProcesses] > 0 {
      log.warning(
        "\(settings.procRoot) does not show all processes: records of containers may be the host's or unresolved; see --proc-root and 'audit-enricher doctor'"
      )
    }
    log.reportExcludeRules(for: settings)
  }

  func track(_ mode: RunMode, wake threadInbox: ThreadInbox) -> ProcessTracker {
    let changes = Mutex((limit: ReportLimit(maxCount: 10), count: UInt64(0)))
    // In another PID namespace the IDs of records belong to other processes, so no process may be looked up.
    let isOther = mode.isLive && namespaces.showsProcessesOfRecords == false
    return ProcessTracker(
      procFS: isOther ? .empty : ProcFS(root: settings.procRoot), usesEvents: mode.isLive && !isOther,
      wake: { threadInbox.post { _ in } }
    ) { [log] change in
      // Other programs can cause these changes as often as they like.
      let isReported = changes.withLock { changes in
        changes.count += 1
        return changes.limit.due(of: changes.count, at: ClockReading.now.sinceBoot) != nil
      }
      guard isReported else { return }
      switch change {
      case .streamLost:
        log.report(
          .noProcessEvents,
          "process events no longer arrive, because another program has switched them off: short-lived processes may be unresolved; see 'audit-enricher doctor'"
        )
      case .streamRestored: log.notice("process events arrive again")
      }
    }
  }
}
