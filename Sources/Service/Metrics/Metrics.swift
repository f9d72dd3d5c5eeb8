internal import AuditRecord
internal import AuditSource
internal import EnrichedLog
internal import LogOutput
internal import Enrichment
internal import LinuxSystem
internal import ProcFS
package import ProcessTracking

/// Reads the metrics of all parts of the service.
package struct Metrics: Sendable {
  let board: MetricsBoard
  let calls: RuntimeCalls
  let tracker: ProcessTracker?
  let recordings: RecordingCounts?

  package init(
    board: MetricsBoard, calls: RuntimeCalls, tracker: ProcessTracker?, recordings: RecordingCounts? = nil
  ) {
    self.recordings = recordings
    self.board = board
    self.calls = calls
    self.tracker = tracker
  }

  /// Whether all is well, and the text that explains it.
  package struct Health: Sendable {
    package var isGood: Bool
    package var text: String
  }

  /// How long the output may be blocked, in milliseconds, before a request is answered without the thread that waits for it.
  private static let outputTimeout: Int64 = 250

  /// How long the output may be blocked, in milliseconds, before that is a fault.
  private static let maxOutputWait: Int64 = 1000

  /// Whether records become lines: for readiness checks and alerts.
  package func health() async -> Health {
    let text: String
    switch await board.read(outputTimeout: Self.outputTimeout).answer {
    case .responded: return Health(isGood: true, text: "ok\n")
    case .outputBlocked(let time) where time < Self.maxOutputWait: return Health(isGood: true, text: "ok\n")
    case .outputBlocked(let time): text = "the output has accepted nothing for \(time / 1000) s"
    case .starting: text = "records are not read yet"
    case .silent: text = Self.noResponse
    }
    return Health(isGood: false, text: text + "\n")
  }

  /// Whether the process works. If it does not, a restart helps; if only its output is blocked, a restart would lose records.
  package func liveness() async -> Health {
    let isSilent = await board.read(outputTimeout: Self.outputTimeout).answer == .silent
    return Health(isGood: !isSilent, text: (isSilent ? Self.noResponse : "ok") + "\n")
  }

  private static let noResponse = "the thread that reads records does not respond"

  /// All metrics in Prometheus' text format.
  package func page() async -> Page {
    let (snapshot, answer) = await board.read(outputTimeout: Self.outputTimeout)
    var text = PrometheusText()
    text.begin("build_info", .gauge, "The program's version.")
    text.sample(1, ["version": Version.text])
    text.add(
      "responding", .gauge,
      "Whether the thread that reads records responds (1); otherwise (0) its counts are older ones.",
      answer == .responded ? 1 : 0)
    var blocked = OutputWait.milliseconds / 1000
    // A reader who sees that the service does not respond should also see why.
    if case .outputBlocked(let time) = answer { blocked = max(1, time / 1000) }
    text.add(
      "output_blocked_seconds", .gauge, "For how many seconds the output has accepted nothing.", blocked
    )
    let series = snapshot.series()
    addRecords(snapshot, series, to: &text)
    addQueues(snapshot, to: &text)
    addProcesses(to: &text)
    addRuntime(snapshot, to: &text)
    addRecordings(snapshot, to: &text)
    return Page(text, series: series, of: snapshot.node)
  }

  private func addRecords(
    _ snapshot: MetricsSnapshot, _ series: [RecordSample], to text: inout PrometheusText
  ) {
    let counters = snapshot.counters
    text.begin("records_total", .counter, "Records, by how their process was found.")
    let names = ["direct"] + Attribution.allCases.map(\.rawValue)
    for (kind, counts) in zip(RecordKinds.names, snapshot.attributions) {
      for (name, count) in zip(names, counts) {
        text.sample(count, ["type": kind.name, "attribution": name])
      }
    }
    text.begin(
      "owner_records_total", .counter,
      "Records by what owns their process: pod, container (not known to be a pod's), host or unknown."
    )
    for (kind, counts) in zip(RecordKinds.names, snapshot.owners) {
      for (owner, count) in zip(RecordTally.OwnerKind.allCases, counts) {
        text.sample(count, ["type": kind.name, "owner": owner.rawValue])
      }
    }
    text.add(
      "host_records_dropped_total", .counter,
      "Records of host processes that were left out by --host-processes drop.",
      counters.dropped)
    text.add(
      "unselected_records_total", .counter,
      "Records that became no line because --lines does not select their container.", counters.unselected)
    text.add("lines_total", .counter, "Lines of records, or entries in the journal.", counters.lines.total)
    text.add(
      "busiest_minute_lines", .gauge, "The most lines in one minute since the start.",
      counters.lines.busiestMinute)
    addCounts(snapshot, to: &text)
    text.add(
      "parse_errors_total", .counter, "Records that were not well-formed.",
      counters.malformed)
    text.begin("losses_total", .counter, "What was lost, by the stage at which it was lost.")
    for stage in LossStage.allCases { text.sample(counters.losses[stage], ["place": stage.rawValue]) }
    text.add(
      "serial_gaps_certain", .gauge,
      "Whether the losses at serial-gap are lost records (1) or an upper bound, most of them other types of records (0).",
      snapshot.isGapCertain ? 1 : 0)
    for (kind, dropped) in zip(RecordKinds.names, snapshot.droppedSeries) {
      text.add(
        "\(kind.name)_series", .gauge, "The number of series of audit_enricher_\(kind.name)_records_total.",
        series.count { $0.kind == kind.kind })
      text.add(
        "\(kind.name)_series_dropped_total", .counter,
        "The number of series of audit_enricher_\(kind.name)_records_total that were removed because there were too many.",
        dropped)
    }
  }

  private func addCounts(_ snapshot: MetricsSnapshot, to text: inout PrometheusText) {
    text.add(
      "aggregated_records_total", .counter,
      "Records that were counted with others by --aggregate, and have no line of their own.",
      snapshot.counters.aggregated)
    text.add(
      "aggregation_merges_total", .counter,
      "Records that were counted with less detail, because there were too many different ones.",
      snapshot.counters.merged)
    text.add("aggregation_keys", .gauge, "How many different records are counted apart.", snapshot.keys)
  }

  private func addQueues(_ snapshot: MetricsSnapshot, to text: inout PrometheusText) {
    if let meter = board.meter {
      text.add("receive_buffer_bytes", .gauge, "Size of the audit socket's receive buffer.", meter.size)
      if let reading = meter.reading {
        text.add(
          "receive_queue_bytes", .gauge, "Bytes that wait in the audit socket's receive buffer.",
          reading.waiting)
        text.add(
          "socket_drops_total", .counter,
          "Records that the kernel dropped at the full receive buffer since the socket was opened.",
          reading.drops)
      }
    }
    text.add("parked_records", .gauge, "Records that wait for the names of their container.", snapshot.parked)
  }

  private func addProcesses(to text: inout PrometheusText) {
    guard let tracker else { return }
    let statistics = tracker.statistics
    text.add(
      "process_connector_up", .gauge,
      "Whether process events arrive; without them /proc is read when a record arrives.",
      tracker.unavailable == nil ? 1 : 0)
    text.add(
      "process_events_paced", .gauge,
      "Whether process events are read many at a time (1), or each event wakes the service (0).",
      tracker.unavailable == nil && DrainSchedule(of: tracker).period != nil ? 1 : 0)
    text.add("processes", .gauge, "Processes that are known, running or not.", statistics.processes)
    text.add(
      "process_events_total", .counter, "Forks, execs and exits that were received.", statistics.events)
    text.add("process_event_losses_total", .counter, "How often process events were lost.", statistics.losses)
    text.add("process_scans_total", .counter, "How often all of /proc was read.", statistics.scans)
    if let containers = tracker.containers {
      text.add(
        "containers_with_processes", .gauge,
        "Containers of the runtime in which a process is known to run.",
        containers.count)
    }
    text.begin(
      "proc_failures_total", .counter,
      "How often /proc could not be read for another reason than the end of a process, by kind of failure.")
    for kind in ProcFailures.Kind.allCases {
      text.sample(tracker.procFailures[kind], ["kind": kind.rawValue])
    }
  }

  private func addRecordings(_ snapshot: MetricsSnapshot, to text: inout PrometheusText) {
    guard let counts = recordings?.counts else { return }
    text.add(
      "recordings", .gauge, "Containers of workloads whose syscalls are recorded.",
      snapshot.recorder.recordings)
    text.add(
      "recordings_complete", .gauge, "Recordings that have all calls of at least one instance.",
      counts.complete)
    text.add(
      "recording_new_syscalls_total", .counter, "Syscalls that were new in a recording.",
      snapshot.recorder.newSyscalls)
    text.add(
      "recording_write_failures_total", .counter,
      "How often a recording could not be written. It is tried again.", counts.failures)
    text.add(
      "recording_refused_total", .counter,
      "Containers that are not recorded because there are too many recordings, or because of their names.",
      snapshot.recorder.refused)
  }

  private func addRuntime(_ snapshot: MetricsSnapshot, to text: inout PrometheusText) {
    text.add("containers", .gauge, "Containers and pod sandboxes whose names are known.", snapshot.containers)
    let calls = calls.counts
    if let isUp = calls.isUp {
      text.add("cri_up", .gauge, "Whether the container runtime answered the last call.", isUp ? 1 : 0)
    }
    text.begin("cri_calls_total", .counter, "Calls to the container runtime, by result.")
    for (result, count) in calls.results.sorted(by: { $0.key < $1.key }) {
      text.sample(count, ["result": result])
    }
    text.begin("cri_call_duration_seconds", .histogram, "How long calls to the container runtime took.")
    var sum: UInt64 = 0
    for (bound, count) in zip(RuntimeCalls.Counts.bounds.map { "\($0)" } + ["+Inf"], calls.buckets) {
      sum += count
      text.sample(sum, suffix: "_bucket", ["le": bound])
    }
    text.sample(seconds: calls.seconds, suffix: "_sum")
    text.sample(sum, suffix: "_count")
  }
}
