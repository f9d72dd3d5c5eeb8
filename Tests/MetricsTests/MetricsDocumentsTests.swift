import AuditRecord
import ContainerRuntime
import Enrichment
import Glibc
import LinuxSystem
import Metrics
import ProcFS
import ProcessTracking
import TestSupport
import Testing

/// The documents explain exactly the metrics of the service.
@Suite struct MetricsDocumentsTests {
  @Test("Both documents have each metric with its labels, one of them its type, and no others")
  func metrics() async throws {
    var metrics = try await metrics(of: page())
    // This metric exists only with process events, which a test does not use.
    #expect(metrics["containers_with_processes"] == nil)
    metrics["containers_with_processes"] = "gauge"
    let rows = try DocumentPage("Metrics").rows(under: "metric")
    let explained = rows.map { (DocumentPage.terms(in: $0[0])[0], $0[1]) }
    #expect(explained.count == metrics.count)
    #expect(Dictionary(explained) { first, _ in first } == metrics)
    let manual = try ManualPage("audit-enricher-output.7").terms(in: "METRICS")
    #expect(Set(manual) == Set(metrics.keys))
  }

  /// A page with all metrics except those that need process events.
  private func page() async throws -> String {
    let directory = try TemporaryDirectory()
    defer { directory.removeAll() }
    var snapshot = MetricsSnapshot()
    try countRecord(in: &snapshot)
    let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(socket >= 0)
    defer { close(socket) }
    let board = MetricsBoard(outputWait: { 250 }) {}
    board.begin(ReceiveMeter(of: socket), snapshot)
    let calls = RuntimeCalls()
    calls.add(Result<Int, CRIError>.success(1), took: .milliseconds(1))
    let tracker = ProcessTracker(procFS: ProcFS(root: "\(directory.path)/proc"), usesEvents: false)
    var page = await Metrics(board: board, calls: calls, tracker: tracker, recordings: RecordingCounts())
      .page()
    var text = ""
    while let part = page.next() { text += part }
    return text
  }

  /// Counts a record, so that each metric of records has a sample.
  private func countRecord(in snapshot: inout MetricsSnapshot) throws {
    let text = #"audit(1.002:3): pid=1 comm="a" exe="/a" sig=0 arch=c000003e syscall=39 code=0x7ffc0000"#
    let bytes = Array(text.utf8)
    let record = try SeccompRecord(parsing: bytes.span)
    var tally = RecordTally()
    let owner = tally.id(of: RecordTally.Owner())
    let direct = RecordTally.index(of: nil, .host)
    _ = tally.count(record.tallyKey(bytes.span), .seccomp, owner: owner, attribution: direct)
    for (kind, labels) in [(RecordKinds.apparmor, 3), (.selinux, 4)] {
      let key = TallyKey(kind, hash: Hasher())
      _ = tally.count(key, kind, owner: owner, attribution: direct)
      tally.setLabels(Array(repeating: "x", count: labels), of: key, owner: owner)
    }
    tally.copy(to: &snapshot)
  }

  /// The type of each metric, by its name and labels as the documents write them: `losses_total{place}`.
  private func metrics(of page: String) -> [String: String] {
    var metrics: [String: String] = [:]
    var type = Substring()
    for line in page.split(separator: "\n") {
      if let match = line.firstMatch(of: /^# TYPE \S+ (\w+)$/) { type = match.1 }
      guard let match = line.firstMatch(of: /^audit_enricher_(\w+)(\{.*\})? \S+$/) else { continue }
      var name = String(match.1)
      if type == "histogram" { name.replace(/_(bucket|sum|count)$/, with: "") }
      let labels = (match.2 ?? "").matches(of: /(\w+)="/).map { String($0.1) }.filter { $0 != "le" }
      metrics[name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}")] = String(type)
    }
    return metrics
  }
}
